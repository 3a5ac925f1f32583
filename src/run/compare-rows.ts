import type { RecordBatch } from 'apache-arrow';
import { columnOf } from '../arrow/column-of.ts';
import { textColumn } from '../arrow/text-column.ts';
import { arrowToJson } from '../json/arrow-to-json.ts';
import { jsonLinesLayout } from '../json/json-lines-layout.ts';
import { scanObject } from '../json/scan-object.ts';
import { splice } from '../text/splice.ts';
import type { SampledEdit } from './ledger/ledger-entry.ts';

/** A row of the input, as a record batch of its own, and what became of it. */
export interface ComparedRow {
  readonly before: RecordBatch;
  readonly after: RecordBatch;
  /** Everything that is said to have been edited. */
  readonly edits: readonly SampledEdit[];
  readonly textColumn: string;
  /** Columns that the command adds. */
  readonly added: readonly string[];
}

/** Says what was changed beyond the edits; null where nothing was. */
export function compareRows(row: ComparedRow): string | null {
  const { before, after, edits } = row;
  const [text, edited] = [textOf(before, row.textColumn), textOf(after, row.textColumn)];
  if (!isSame(edited, text === null ? null : withEdits(text, edits))) {
    return edits.length === 0
      ? 'its text has changed, though nothing was edited'
      : `its text is not the input's with its ${edits.length} edits`;
  }
  const changed = [...membersOf(before)].find(([name, value]) => {
    const isEdited = name === row.textColumn && (edits.length > 0 || !areLines(row));
    return !isEdited && memberOf(after, name) !== value;
  });
  if (changed !== undefined) return `its ${JSON.stringify(changed[0])} has changed`;
  if (!areLines(row)) return null;
  const known = new Set([...membersOf(before).keys(), ...row.added]);
  const further = [...membersOf(after).keys()].find((name) => !known.has(name));
  if (further !== undefined) return `it has a further field, ${JSON.stringify(further)}`;
  return hasSameFrame(row) ? null : 'its line has changed';
}

function areLines({ before, after }: ComparedRow): boolean {
  return [before, after].every(({ schema }) => jsonLinesLayout(schema) !== undefined);
}

/** True where what stands around the text is the same, but for members added at the end. */
function hasSameFrame({ before, after, textColumn: name }: ComparedRow): boolean {
  const line = lineOf(before);
  const { members, insertAt } = scanObject(line);
  const { start, end } = members.get(name) ?? { start: insertAt, end: insertAt };
  const edited = lineOf(after);
  const text = scanObject(edited).members.get(name) ?? { start: insertAt, end: insertAt };
  const head = [line.subarray(0, start), edited.subarray(0, text.start)] as const;
  const rest = line.subarray(end, insertAt);
  const between = [rest, edited.subarray(text.end, text.end + rest.length)] as const;
  const tail = line.subarray(insertAt);
  const ends = [tail, edited.subarray(edited.length - tail.length)] as const;
  return [head, between, ends].every(([one, other]) => isSame(one, other));
}

function lineOf(batch: RecordBatch): Uint8Array {
  const layout = jsonLinesLayout(batch.schema);
  return textColumn(batch, layout?.line ?? 'line').bytes(0);
}

function textOf(batch: RecordBatch, name: string): Uint8Array | null {
  const text = textColumn(batch, name);
  return text.isNull(0) ? null : text.bytes(0);
}

function withEdits(text: Uint8Array, edits: readonly SampledEdit[]): Uint8Array | null {
  const splices = edits.map(({ offset, length, text: base64 }) => ({
    ...{ start: offset, end: offset + length },
    bytes: Buffer.from(base64, 'base64'),
  }));
  try {
    return splice(text, splices);
  } catch {
    // Edits that do not fit the text are not those that were made in it.
    return null;
  }
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  if (one === null || other === null) return one === other;
  return Buffer.compare(one, other) === 0;
}

/** The values of a row by name, as JSON: of a line of JSON its very bytes, so that nothing of them may change. */
function membersOf(batch: RecordBatch): ReadonlyMap<string, string> {
  if (jsonLinesLayout(batch.schema) !== undefined) return lineMembers(lineOf(batch));
  return new Map(batch.schema.fields.map(({ name }) => [name, cellOf(batch, name)]));
}

function memberOf(batch: RecordBatch, name: string): string | undefined {
  if (jsonLinesLayout(batch.schema) !== undefined) return lineMembers(lineOf(batch)).get(name);
  if (batch.getChild(name) !== null) return cellOf(batch, name);
  // Lines of JSON that went to a file of columns are a column there.
  return batch.getChild('line') === null ? undefined : lineMembers(lineOf(batch)).get(name);
}

function lineMembers(line: Uint8Array): ReadonlyMap<string, string> {
  const { members } = scanObject(line);
  return new Map(
    [...members].map(([name, { start, end }]) => [
      name,
      Buffer.from(line.subarray(start, end)).toString('latin1'),
    ]),
  );
}

function cellOf(batch: RecordBatch, name: string): string {
  const { data } = columnOf(batch, name);
  return Buffer.from(arrowToJson(data)(0)).toString('latin1');
}
