import type { RecordBatch } from 'apache-arrow';
import { isBytesLike } from '../arrow/byte-cells.ts';
import { columnOf } from '../arrow/columns.ts';
import { textColumn } from '../arrow/text-column.ts';
import { ToeditError } from '../errors.ts';
import { arrowToJson, textToJson } from './arrow-to-json.ts';
import type { JsonLinesLayout } from './json-lines-layout.ts';
import { type ByteSpan, longLineOf, longLinePieces } from './long-line.ts';
import { JsonSyntaxError, type ScannedObject, scanObject } from './scan-object.ts';
import { decodeString, encodeString, encodeStringLike } from './strings.ts';

/**
 * The lines of a record batch, each as pieces to be written one after the other, with the text that the batch now has
 * and with the columns in `added` as members at the end of the object. Of a long line, the pieces are runs of the input.
 *
 * @throws ToeditError `COLUMN_EXISTS` where a line has a member of an added name; `COLUMN_MISSING` or `COLUMN_TYPE` where
 * the batch is not what the layout says.
 */
export function* editedLines(
  batch: RecordBatch,
  layout: JsonLinesLayout,
  added: readonly string[],
): Generator<readonly (Uint8Array | ByteSpan)[]> {
  const lines = textColumn(batch, layout.line);
  const texts = layout.text === null ? undefined : textColumn(batch, layout.text);
  const cells = added.map((name) => [name, arrowToJson(columnOf(batch, name).data)] as const);
  for (let row = 0; row < batch.numRows; row++) {
    const text = texts === undefined || texts.isNull(row) ? null : texts.bytes(row);
    const members = new Map(cells.map(([name, cell]) => [name, cell(row)]));
    const long = longLineOf(lines.bytes(row));
    if (long !== undefined) yield [...longLinePieces(long, membersJson(members))];
    else yield spliceRow(lines.bytes(row), { field: layout.text, text, added: members }, row);
  }
}

/** The columns that did not come out of the lines, in order. */
export function addedColumns(batch: RecordBatch, { fields, line }: JsonLinesLayout): string[] {
  const names = batch.schema.fields.map((field) => field.name);
  return names.filter((name) => name !== line && !fields.includes(name));
}

function spliceRow(line: Uint8Array, edit: LineEdit, row: number): Uint8Array[] {
  try {
    return spliceLine(line, edit);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    // It was no JSON object when it was read either: it passes, and nothing can be added to it.
    if (edit.text === null) return [line];
    throw new ToeditError(
      'COLUMN_TYPE',
      `the line column holds no JSON object in row ${row} of a record batch (${error.message}): leave that column as it was read`,
      { place: { row }, cause: error },
    );
  }
}

/**
 * The rows of a record batch as JSON Lines: an object of all columns, in order, by the mapping of `arrowToJson`.
 *
 * @param textNames - a binary column of one of these names is written as text, not in base64.
 * @throws ToeditError `COLUMN_TYPE`
 */
export function* jsonRows(
  batch: RecordBatch,
  textNames: readonly string[],
): Generator<Uint8Array, void> {
  const columns = batch.schema.fields.map(({ name }) => {
    const { data } = columnOf(batch, name);
    const isText = textNames.includes(name) && isBytesLike(data.type);
    const cells = isText ? textToJson(data) : arrowToJson(data);
    return { prefix: `${JSON.stringify(name)}:`, cells };
  });
  for (let row = 0; row < batch.numRows; row++) {
    const members = columns.map(({ prefix, cells }) => prefix + cells(row));
    yield Buffer.from(`{${members.join(',')}}\n`);
  }
}

/** What a line of JSON gets. */
export interface LineEdit {
  /** The member that holds the text; null: none is to be changed. */
  readonly field: string | null;
  /** The text's bytes, null where there is none. */
  readonly text: Uint8Array | null;
  /** Members to add, by name; each value is JSON. */
  readonly added: ReadonlyMap<string, string>;
}

/**
 * The line as pieces to be written one after the other. Every byte stays but the text's JSON literal, where the text
 * is not the one that `decodeString` finds there, and the added members, which follow the last one. A text that is not
 * null and has no member becomes one.
 *
 * @param line - one JSON object, with any white space around it.
 * @throws JsonSyntaxError; ToeditError `COLUMN_EXISTS` where the line has a member of an added name.
 */
export function spliceLine(line: Uint8Array, edit: LineEdit): Uint8Array[] {
  const { field } = edit;
  const wanted = field === null ? [] : [field];
  const scanned = scanObject(line, new Set([...wanted, ...edit.added.keys()]));
  refuseTaken(scanned, edit);
  const span = field === null ? undefined : scanned.members.get(field);
  const current = span === undefined ? null : decodeString(line, span);
  const added = new Map(edit.added);
  if (field === null || isSameText(current, edit.text))
    return insertMembers(line, scanned.insertAt, added);
  if (span === undefined) {
    added.set(field, encodeText(edit.text));
    return insertMembers(line, scanned.insertAt, added);
  }
  const literal = encodeText(edit.text, line.subarray(span.start, span.end));
  const tail = line.subarray(span.end);
  return [
    line.subarray(0, span.start),
    encoder.encode(literal),
    ...insertMembers(tail, scanned.insertAt - span.end, added),
  ];
}

function refuseTaken({ members }: ScannedObject, { field, added }: LineEdit): void {
  const taken = [...added.keys()].find((name) => name === field || members.has(name));
  if (taken === undefined) return;
  throw new ToeditError(
    'COLUMN_EXISTS',
    `the line has a field ${JSON.stringify(taken)} already; rename it, or do not ask for that column`,
  );
}

function isSameText(one: Uint8Array | null, other: Uint8Array | null): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && Buffer.compare(one, other) === 0;
}

function encodeText(text: Uint8Array | null, literal?: Uint8Array): string {
  if (text === null) return 'null';
  return literal === undefined ? encodeString(text) : encodeStringLike(text, literal);
}

/** Pieces of the bytes with members put in at `at`, which is after a value or after the opening brace. */
function insertMembers(
  bytes: Uint8Array,
  at: number,
  members: ReadonlyMap<string, string>,
): Uint8Array[] {
  if (members.size === 0) return [bytes];
  const json = membersJson(members);
  const isFirst = bytes[at - 1] === 0x7b;
  return [bytes.subarray(0, at), encoder.encode(isFirst ? json : `,${json}`), bytes.subarray(at)];
}

function membersJson(members: ReadonlyMap<string, string>): string {
  return Array.from(members, ([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
}

const encoder = new TextEncoder();
