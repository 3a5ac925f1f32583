import type { RecordBatch } from 'apache-arrow';
import { columnOf } from '../arrow/column-of.ts';
import { textColumn } from '../arrow/text-column.ts';
import { ToeditError } from '../errors.ts';
import { arrowToJson } from './arrow-to-json.ts';
import type { JsonLinesLayout } from './json-lines-layout.ts';
import { JsonSyntaxError } from './json-syntax-error.ts';
import { type LineEdit, spliceLine } from './splice-line.ts';

/**
 * The lines of a record batch, each as pieces to be written one after the other, with the text that the batch now has
 * and with the columns in `added` as members at the end of the object.
 *
 * @throws ToeditError `COLUMN_EXISTS` where a line has a member of an added name; `COLUMN_MISSING` or `COLUMN_TYPE` where
 * the batch is not what the layout says.
 */
export function* editedLines(
  batch: RecordBatch,
  layout: JsonLinesLayout,
  added: readonly string[],
): Generator<readonly Uint8Array[]> {
  const lines = textColumn(batch, layout.line);
  const texts = textColumn(batch, layout.text);
  const cells = added.map((name) => [name, arrowToJson(columnOf(batch, name).data)] as const);
  for (let row = 0; row < batch.numRows; row++) {
    const text = texts.isNull(row) ? null : texts.bytes(row);
    const members = new Map(cells.map(([name, cell]) => [name, cell(row)]));
    yield spliceRow(lines.bytes(row), { field: layout.text, text, added: members }, row);
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
    throw new ToeditError(
      'COLUMN_TYPE',
      `the line column holds no JSON object in row ${row} of a record batch (${error.message}): leave that column as it was read`,
      { place: { row }, cause: error },
    );
  }
}
