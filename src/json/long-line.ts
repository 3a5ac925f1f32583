import { ToeditError } from '../errors.ts';
import { skipBlank } from '../text/utf8.ts';

/** A run of bytes of a decompressed JSON Lines file. */
export interface ByteSpan {
  readonly offset: number;
  readonly length: number;
}

/** A line that is too long to be held: where it lies in the decompressed file, and where members can be added to it. */
export interface LongLine extends ByteSpan {
  /** After the last member, from the line's own beginning. */
  readonly insertAt: number;
  /** Whether the object has no member. */
  readonly isEmpty: boolean;
}

/** What is seen of a line as its parts pass. */
export interface LineBraces {
  add(part: Uint8Array): void;
  /** Where members can be added, from the line's beginning; undefined where it does not begin and end with a brace. */
  place(): Pick<LongLine, 'insertAt' | 'isEmpty'> | undefined;
}

interface SeenByte {
  readonly at: number;
  readonly byte: number | undefined;
}

/** The outermost braces of a line of which these parts have been seen. */
export function bracesOf(parts: readonly Uint8Array[]): LineBraces {
  let size = 0;
  let first: SeenByte | undefined;
  /** The last bytes that are not white space, the very last behind. */
  let ends: readonly SeenByte[] = [];
  const add = (part: Uint8Array): void => {
    const begin = first === undefined ? skipBlank(part, 0) : part.length;
    if (begin < part.length) first = { at: size + begin, byte: part[begin] };
    if (first !== undefined) ends = [...ends, ...lastSolid(part, size)].slice(-2);
    size += part.length;
  };
  parts.forEach(add);
  return {
    add,
    place() {
      const [before, last] = ends;
      if (first?.byte !== 0x7b || before === undefined || last?.byte !== 0x7d) return undefined;
      return { insertAt: before.at + 1, isEmpty: before.at === first.at };
    },
  };
}

/** Of JSON (RFC 8259 §2). */
const whiteSpace: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20]);

/** The last two bytes of a part that are not white space, in order. */
function lastSolid(part: Uint8Array, offset: number): SeenByte[] {
  const found: SeenByte[] = [];
  for (let at = part.length - 1; at >= 0 && found.length < 2; at--) {
    const byte = part[at] ?? 0;
    if (!whiteSpace.has(byte)) found.unshift({ at: offset + at, byte });
  }
  return found;
}

/** No line of JSON begins with it. */
const mark = 0;

/** What stands in the column of lines in place of the line. */
export function longLineCell({ offset, length, insertAt, isEmpty }: LongLine): Uint8Array {
  return Buffer.from(`\0${JSON.stringify({ offset, length, insertAt, isEmpty })}`);
}

/** The long line that a cell of the column of lines stands for; undefined where the cell holds the line itself. */
export function longLineOf(cell: Uint8Array): LongLine | undefined {
  if (cell[0] !== mark) return undefined;
  return JSON.parse(Buffer.from(cell.subarray(1)).toString()) as LongLine;
}

/** The line in pieces, with members put in at its end. */
export function* longLinePieces(
  { offset, length, insertAt, isEmpty }: LongLine,
  members: string,
): Generator<Uint8Array | ByteSpan> {
  if (members === '') {
    yield { offset, length };
    return;
  }
  yield { offset, length: insertAt };
  yield Buffer.from(isEmpty ? members : `,${members}`);
  yield { offset: offset + insertAt, length: length - insertAt };
}

/** Copies runs of a stream's bytes, each behind the one before. */
export interface SpanCopier extends AsyncDisposable {
  /** @throws ToeditError `INPUT_CHANGED` where the stream ends before. */
  copy(span: ByteSpan): AsyncGenerator<Uint8Array, void>;
}

/** The stream is opened for the first run, and read up to the last one. */
export function spanCopier(open: () => AsyncIterable<Uint8Array>): SpanCopier {
  let chunks: AsyncIterator<Uint8Array, void> | undefined;
  let chunk: Uint8Array = new Uint8Array(0);
  let at = 0;
  return {
    async *copy({ offset, length }) {
      chunks ??= open()[Symbol.asyncIterator]();
      const end = offset + length;
      while (at < end) {
        const start = Math.max(0, offset - at);
        const part = chunk.subarray(start, end - at);
        if (part.length > 0) yield part;
        if (at + chunk.length >= end) return;
        at += chunk.length;
        const next: IteratorResult<Uint8Array, void> = await chunks.next();
        if (next.done === true) throw endsEarly(end);
        chunk = next.value;
      }
    },
    async [Symbol.asyncDispose]() {
      await chunks?.return?.();
    },
  };
}

function endsEarly(end: number): ToeditError {
  return new ToeditError(
    'INPUT_CHANGED',
    `the input had ${end} bytes and more when it was read before, and has fewer now; run again once nobody writes to it`,
  );
}
