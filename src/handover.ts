/** Hands items from a giver to one async iteration, one at a time. */
export interface Handover<T> extends AsyncIterable<T> {
  /** Calls back once the item is taken, or dropped because the handover has ended. */
  give(item: T, taken: () => void): void;
  /** Ends the iteration, after the item that still waits. */
  end(): void;
  /** Drops the item that waits and makes the iteration throw. */
  fail(error: Error): void;
}

/** A {@link Handover}: at most one item waits in it, while the giver waits for its callback. */
export function handover<T>(): Handover<T> {
  let waiting: { readonly item: T; readonly taken: () => void } | undefined;
  let wake: () => void = () => undefined;
  let isOver = false;
  let failure: Error | undefined;

  const give = (item: T, taken: () => void): void => {
    if (isOver) return taken();
    waiting = { item, taken };
    wake();
  };
  const end = (): void => {
    isOver = true;
    wake();
  };
  const fail = (error: Error): void => {
    failure = error;
    end();
  };
  const items = async function* (): AsyncGenerator<T> {
    try {
      for (;;) {
        while (waiting === undefined && !isOver) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (failure !== undefined) throw failure;
        if (waiting === undefined) return;
        const { item, taken } = waiting;
        waiting = undefined;
        taken();
        yield item;
      }
    } finally {
      isOver = true;
      waiting?.taken();
    }
  };
  return { give, end, fail, [Symbol.asyncIterator]: items };
}
