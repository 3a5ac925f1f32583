import { corruptFile } from '../errors.ts';
import { skipBlank } from '../text/utf8.ts';
import { bracesOf, longLineCell, longLineOf } from './long-line.ts';

/** A line of a JSON Lines file; the bytes of all lines, joined, are the file's. */
export interface Line {
  /**
   * The line with its terminator, after the blank lines before it; the last of a file also has the blank lines that
   * follow. A file of blank lines alone is one line, whose `isBlank` is true. Of a long line, the cell that stands for it.
   */
  readonly bytes: Uint8Array;
  /** Of the line itself, not of the blank lines before it. Counts from 1. */
  readonly number: number;
  readonly isBlank: boolean;
  /** Whether it was too long to be held. */
  readonly isLong: boolean;
}

/** A line is decoded as one string, of which V8 allows 2^29 - 24 characters. */
export const mostLineBytes: number = 500 * 2 ** 20;

/** What becomes of long lines. */
export interface LineLimits {
  /** A line is long where it has more bytes, with the blank lines before it. @defaultValue 500 MiB, which is the most */
  readonly maxLineBytes?: number | undefined;
  /** `refuse`: the file's error. `refer`: where it lies is given in its place. @defaultValue 'refuse' */
  readonly longLines?: 'refuse' | 'refer' | undefined;
}

/**
 * Splits bytes after each line feed, whatever their chunks. Each item holds the lines that became whole with one chunk;
 * the last line is held back until the end, for the blank lines that may follow it. Of a long line nothing is held, and
 * nothing but its outermost braces is looked at.
 *
 * @param name - of the file, for messages.
 * @throws ToeditError `FILE_CORRUPT` where a long line is to be refused, or does not begin and end with a brace.
 */
export async function* splitLines(
  source: AsyncIterable<Uint8Array>,
  name: string,
  limits: LineLimits = {},
): AsyncGenerator<readonly Line[], void> {
  const splitter = new LineSplitter(name, limits);
  let held: Line[] = [];
  for await (const chunk of source) {
    const lines = [...held, ...splitter.add(chunk)];
    held = lines.splice(-1);
    if (lines.length > 0) yield lines;
  }
  yield splitter.end(held[0]);
}

class LineSplitter {
  readonly #name: string;
  readonly #most: number;
  readonly #refers: boolean;
  /** Lines before the pending ones, and where these begin. */
  #count = 0;
  #offset = 0;
  /** What has been seen of the next line, with the blank lines before it; nothing is kept of a long one. */
  #parts: Uint8Array[] = [];
  #size = 0;
  #blankLines = 0;
  #isBlank = true;
  #braces: ReturnType<typeof bracesOf> | undefined;
  /** The beginning of a byte order mark, at the end of a chunk. */
  #carry: Uint8Array = nothing;

  constructor(name: string, { maxLineBytes = mostLineBytes, longLines = 'refuse' }: LineLimits) {
    this.#name = name;
    this.#most = Math.min(maxLineBytes, mostLineBytes);
    this.#refers = longLines === 'refer';
  }

  /** The lines that become whole. */
  add(chunk: Uint8Array): Line[] {
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = nothing;
    const lines: Line[] = [];
    let start = 0;
    for (let end = this.#endIn(bytes, 0); end > 0; end = this.#endIn(bytes, start)) {
      lines.push(this.#take(bytes.subarray(start, end)));
      start = end;
    }
    this.#hold(bytes.subarray(start, bytes.length - this.#carry.length));
    return lines;
  }

  /** The last line, which may lack its terminator, and the blank lines after it. */
  end(held: Line | undefined): Line[] {
    const before = held === undefined ? [] : [held];
    if (this.#carry.length > 0) this.#isBlank = false;
    if (!this.#isBlank) return [...before, this.#take(this.#carry)];
    if (this.#size === 0) return before;
    if (held !== undefined) return [this.#withBlank(held)];
    const number = this.#blankLines;
    const isLong = this.#braces !== undefined;
    const lies = { offset: 0, length: this.#size, insertAt: 0, isEmpty: true };
    const bytes = isLong ? longLineCell(lies) : Buffer.concat(this.#parts);
    return [{ bytes, number, isBlank: true, isLong }];
  }

  /** The position after the line that ends in these bytes; 0 where none does. */
  #endIn(bytes: Uint8Array, start: number): number {
    let at = start;
    if (this.#isBlank) {
      at = skipBlank(bytes, start);
      this.#blankLines += countFeeds(bytes, start, at);
      if (at === bytes.length) return 0;
      if (isMarkBegun(bytes, at)) {
        this.#carry = bytes.slice(at);
        return 0;
      }
      this.#isBlank = false;
    }
    return bytes.indexOf(0x0a, at) + 1;
  }

  #hold(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#size += part.length;
    if (this.#braces === undefined) this.#parts.push(part);
    else this.#braces.add(part);
    if (this.#braces !== undefined || this.#size <= this.#most) return;
    if (!this.#refers) throw this.#tooLong();
    this.#braces = bracesOf(this.#parts);
    this.#parts = [];
  }

  /** The pending line, with its last part. */
  #take(last: Uint8Array): Line {
    this.#hold(last);
    const number = this.#count + this.#blankLines + 1;
    const isLong = this.#braces !== undefined;
    const bytes = isLong ? this.#longCell(number) : joined(this.#parts);
    this.#offset += this.#size;
    this.#count = number;
    [this.#parts, this.#size, this.#blankLines] = [[], 0, 0];
    [this.#isBlank, this.#braces] = [true, undefined];
    return { bytes, number, isBlank: false, isLong };
  }

  #longCell(number: number): Uint8Array {
    const place = this.#braces?.place() ?? this.#refuseBraces(number);
    return longLineCell({ offset: this.#offset, length: this.#size, ...place });
  }

  /** The last line with the pending blank lines. */
  #withBlank(line: Line): Line {
    const long = longLineOf(line.bytes);
    const length = (long?.length ?? line.bytes.length) + this.#size;
    if (long === undefined && length <= this.#most) {
      return { ...line, bytes: Buffer.concat([line.bytes, ...this.#parts]) };
    }
    if (!this.#refers) throw this.#tooLong();
    const place = long ?? bracesOf([line.bytes]).place() ?? this.#refuseBraces(line.number);
    const { insertAt, isEmpty } = place;
    const offset = this.#offset + this.#size - length;
    const bytes = longLineCell({ offset, length, insertAt, isEmpty });
    return { ...line, bytes, isLong: true };
  }

  #refuseBraces(line: number): never {
    const problem = `: line ${line}, which is too long to be read whole, does not begin and end as a JSON object`;
    throw corruptFile({ file: this.#name, line }, `${problem}; correct or remove the line`);
  }

  #tooLong(): Error {
    const line = this.#count + this.#blankLines + 1;
    const most = this.#most % 2 ** 20 === 0 ? `${this.#most / 2 ** 20} MiB` : `${this.#most} bytes`;
    const raise = this.#most < mostLineBytes ? ', or raise --max-text-bytes' : '';
    const problem = `: line ${line}, with the blank lines before it, has over ${most}`;
    return corruptFile({ file: this.#name, line }, `${problem}; split or remove it${raise}`);
  }
}

const nothing = new Uint8Array(0);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only = nothing] = parts;
  return parts.length > 1 ? Buffer.concat(parts) : only;
}

function countFeeds(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) count += Number(bytes[at] === 0x0a);
  return count;
}

/** Whether the bytes end within what may be a byte order mark. */
function isMarkBegun(bytes: Uint8Array, at: number): boolean {
  const rest = bytes.subarray(at);
  return rest[0] === 0xef && (rest.length === 1 || (rest.length === 2 && rest[1] === 0xbb));
}
