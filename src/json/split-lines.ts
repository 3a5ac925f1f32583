import { Binary, Field, Schema, Utf8 } from 'apache-arrow';
import { corruptFile } from '../errors.ts';
import { skipBlank } from '../text/utf8.ts';

/** A line of a JSON Lines file; the bytes of all lines, joined, are the file's. */
export interface Line {
  /**
   * The line with its terminator, after the blank lines before it; the last of a file also has the blank lines that
   * follow. A file of blank lines alone is one line, whose `isBlank` is true.
   */
  readonly bytes: Uint8Array;
  /** Of the line itself, not of the blank lines before it. Counts from 1. */
  readonly number: number;
  readonly isBlank: boolean;
}

/** A line is decoded as one string, of which V8 allows 2^29 - 24 characters. */
const maxLineBytes = 500 * 2 ** 20;

/**
 * Splits bytes after each line feed, whatever their chunks. Each item holds the lines that became whole with one chunk;
 * the last line is held back until the end, for the blank lines that may follow it.
 *
 * @param name - of the file, for messages.
 * @throws ToeditError `FILE_CORRUPT` where a line, with the blank lines before it, has over 500 MiB.
 */
export async function* splitLines(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<readonly Line[], void> {
  const splitter = new LineSplitter(name);
  let held: Line | undefined;
  for await (const chunk of source) {
    const lines = splitter.add(chunk);
    if (lines.length === 0) continue;
    if (held !== undefined) lines.unshift(held);
    held = lines.pop();
    yield lines;
  }
  yield splitter.end(held);
}

class LineSplitter {
  readonly #name: string;
  /** Whole blank lines before the next line. */
  #blank: Uint8Array[] = [];
  /** What has been seen of the next line. */
  #line: Uint8Array[] = [];
  /** Lines that are whole. */
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** The lines that become whole. */
  add(chunk: Uint8Array): Line[] {
    const lines: Line[] = [];
    let start = 0;
    let blankStart = 0;
    for (let end = chunk.indexOf(0x0a) + 1; end > 0; end = chunk.indexOf(0x0a, start) + 1) {
      const isSplit = this.#line.length > 0;
      const line = this.#join([...this.#line, chunk.subarray(start, end)]);
      this.#line = [];
      if (!isBlank(line)) {
        this.#addBlank(chunk.subarray(blankStart, start));
        lines.push(this.#take(line));
        blankStart = end;
      } else if (isSplit) {
        this.#addBlank(line);
        blankStart = end;
      }
      start = end;
      this.#count++;
    }
    this.#addBlank(chunk.subarray(blankStart, start));
    this.#addRest(chunk.subarray(start));
    return lines;
  }

  /** The last line, which may lack its terminator, and the blank lines after it. */
  end(held: Line | undefined): Line[] {
    const rest = this.#join(this.#line);
    if (!isBlank(rest)) return [...(held === undefined ? [] : [held]), this.#take(rest)];
    const bytes = this.#join([...(held === undefined ? [] : [held.bytes]), ...this.#blank, rest]);
    if (held !== undefined) return [{ ...held, bytes }];
    return bytes.length === 0 ? [] : [{ bytes, number: this.#count, isBlank: true }];
  }

  #take(line: Uint8Array): Line {
    const bytes = this.#join([...this.#blank, line]);
    this.#blank = [];
    return { bytes, number: this.#count + 1, isBlank: false };
  }

  #addBlank(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#blank.push(bytes);
  }

  #addRest(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#line.push(bytes);
    this.#refuseLong([...this.#blank, ...this.#line]);
  }

  #join(parts: readonly Uint8Array[]): Uint8Array {
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    this.#refuseLong(parts);
    return Buffer.concat(parts);
  }

  #refuseLong(parts: readonly Uint8Array[]): void {
    if (parts.reduce((sum, part) => sum + part.length, 0) <= maxLineBytes) return;
    const line = this.#count + 1;
    const problem = `: line ${line}, with the blank lines before it, has over 500 MiB`;
    throw corruptFile({ file: this.#name, line }, `${problem}; split or remove it`);
  }
}

function isBlank(bytes: Uint8Array): boolean {
  return skipBlank(bytes, 0) === bytes.length;
}

/**
 * What the record batches of a JSON Lines file hold, as their schema's metadata says: so a writer knows that the lines
 * are there, and which columns came out of them.
 */
export interface JsonLinesLayout {
  /** The field that holds the text, and the column that does. */
  readonly text: string;
  /** All columns taken from fields of the same name, the text among them. */
  readonly fields: readonly string[];
  /** The Binary column of whole lines. */
  readonly line: string;
  /** The bytes of a file that has no line but blank ones. */
  readonly blank: Uint8Array;
}

const metadataKey = 'toedit:json_lines';

/** A layout whose line column is named `line` or, where a field is named so, with underscores after it. */
export function layOutJsonLines(text: string, columns: readonly string[]): JsonLinesLayout {
  const fields = [...new Set([text, ...columns])];
  let line = 'line';
  while (fields.includes(line)) line += '_';
  return { text, fields, line, blank: new Uint8Array(0) };
}

/** The schema of a layout: each field a nullable Utf8 column, then the line as a Binary column that is never null. */
export function jsonLinesSchema(layout: JsonLinesLayout): Schema {
  const fields = layout.fields.map((name) => new Field(name, new Utf8(), true));
  const blank = Buffer.from(layout.blank).toString('base64');
  const metadata = new Map([[metadataKey, JSON.stringify({ ...layout, blank })]]);
  return new Schema([...fields, new Field(layout.line, new Binary(), false)], metadata);
}

/** The layout that a schema's metadata describes; undefined where the columns are not those of JSON Lines. */
export function jsonLinesLayout(schema: Schema): JsonLinesLayout | undefined {
  const json = schema.metadata.get(metadataKey);
  if (json === undefined) return undefined;
  const layout = JSON.parse(json) as Omit<JsonLinesLayout, 'blank'> & { readonly blank: string };
  return { ...layout, blank: Buffer.from(layout.blank, 'base64') };
}
