/**
 * Works on the items of a stream, several at once, and gives the results in the items' order, each as soon as it is there: whoever
 * sends an item only when the last one's result has come gets that.
 *
 * @param most - items under way at once, from 1.
 * @throws the error of the stream, once the results of the items before are given; of `work` in its place.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterator<Item>,
  most: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const ahead = readAhead(items, work);
  for (;;) {
    if (ahead.underWay.length < most) ahead.read();
    const [first] = ahead.underWay;
    const { reading } = ahead;
    if (first === undefined && reading === undefined) break;
    const isFirst = await Promise.race([
      ...(first === undefined ? [] : [first.then(() => true)]),
      ...(reading === undefined ? [] : [reading.then(() => false)]),
    ]);
    if (first === undefined || !isFirst) continue;
    yield await first;
    void ahead.underWay.shift();
  }
  ahead.throwIfFailed();
}

interface ReadAhead<Result> {
  readonly underWay: Promise<Result>[];
  /** Resolves once there is one more under way, or the end; undefined where nothing is read. */
  readonly reading: Promise<void> | undefined;
  /** Reads one item more, unless one is being read or there is none. */
  read(): void;
  throwIfFailed(): void;
}

function readAhead<Item, Result>(
  items: AsyncIterator<Item>,
  work: (item: Item) => Promise<Result>,
): ReadAhead<Result> {
  const underWay: Promise<Result>[] = [];
  let end: { readonly error?: unknown } | undefined;
  let reading: Promise<void> | undefined;
  const readOne = async (): Promise<void> => {
    try {
      const next = await items.next();
      if (next.done === true) end = {};
      else {
        const result = work(next.value);
        result.catch(() => undefined);
        underWay.push(result);
      }
    } catch (error) {
      end = { error };
    }
    reading = undefined;
  };
  return {
    underWay,
    get reading() {
      return reading;
    },
    read() {
      if (end === undefined) reading ??= readOne();
    },
    throwIfFailed() {
      if (end !== undefined && 'error' in end) throw end.error;
    },
  };
}
