import { DataType, type Field, type RecordBatch } from 'apache-arrow';
import { batchOfColumns, type Column, columnOf } from '../src/arrow/columns.ts';
import { textColumn } from '../src/arrow/text-column.ts';
import { corruptFile, ToeditError } from '../src/errors.ts';
import { addedColumns } from '../src/json/edited-lines.ts';
import { fieldTypes, type MixedFields } from '../src/json/fields/field-types.ts';
import { plainValue } from '../src/json/fields/field-values.ts';
import { type SeenFields, seenFields } from '../src/json/fields/see-fields.ts';
import { type JsonLinesLayout, jsonLinesLayout } from '../src/json/json-lines-layout.ts';
import { JsonSyntaxError, type ScannedObject, scanObject } from '../src/json/scan-object.ts';
import type { Operator, Source } from '../src/operator.ts';
import { type OptionNames, requireNames, requireOneOf } from '../src/options.ts';
import { columnOfValues } from '../src/rows/column-of-values.ts';
import { isValidUtf8 } from '../src/text/utf8.ts';
import { rowTexts } from '../src/texts/row-texts.ts';
import { anySelection, type TextOptions, type TextSelection } from '../src/texts/text-selection.ts';

/** Options of {@link inferFields}. */
export interface InferFieldsOptions {
  /** What errors call the lines. @defaultValue 'the JSON Lines' */
  readonly name?: string | undefined;
  /** What becomes of a field whose values no type holds: an error, or a column of text. @defaultValue 'fail' */
  readonly mixed?: MixedFields | undefined;
  /** Leave rows without a text out: they are to be set aside. @defaultValue false */
  readonly onlyTexts?: boolean | undefined;
  /** Which strings of lines without a text column are their texts. @defaultValue the field `text` */
  readonly texts?: TextOptions | undefined;
}

const inferFieldsNames: OptionNames<InferFieldsOptions> = {
  name: true,
  mixed: true,
  onlyTexts: true,
  texts: true,
};

/**
 * Reads all record batches of `readJsonl` and resolves with the columns that hold every field of every line, for {@link spreadFields}:
 * nullable, in order of first appearance. Booleans, integers (Int64), other numbers (Float64), strings (Utf8), arrays (lists) and objects
 * (structs) each have a type; an integer and a fraction meet in Float64. Text in any form stays text: dates, too. A field that is
 * missing is null, as one that is null. Arrays and objects of more than 32 levels have no type.
 *
 * @throws ToeditError `TYPE_LOST` where values of a field do not go together, naming the field and two rows (from 0); `FILE_CORRUPT`
 * where a line is no JSON object or not UTF-8; `BAD_OPTION`; of the source.
 */
export async function inferFields(
  source: Source,
  options: InferFieldsOptions = {},
): Promise<readonly Field[]> {
  requireNames('inferFields', options, inferFieldsNames);
  const { name: file = 'the JSON Lines', mixed = 'fail', onlyTexts = false } = options;
  const selection = anySelection(options.texts ?? {});
  requireOneOf('mixed', mixed, ['fail', 'text']);
  const seen = seenFields(file);
  let text: string | null = null;
  let firstRow = 0;
  for await (const batch of source) {
    const layout = jsonLinesLayout(batch.schema);
    if (layout === undefined) throw notLines();
    text = layout.text;
    const isTaken = onlyTexts ? textPresence(batch, layout, selection) : () => true;
    seeBatch(seen, batch, { file, layout, firstRow, isTaken });
    firstRow += batch.numRows;
  }
  // Whatever the lines hold, there is a text.
  if (text !== null) seen.see(text);
  return fieldTypes(seen.fields, { file, mixed });
}

/** Which rows have a text; of lines with texts at paths those of which no text is a reason to set them aside. */
function textPresence(
  batch: RecordBatch,
  { text }: JsonLinesLayout,
  selection: TextSelection,
): (index: number) => boolean {
  if (text !== null) {
    const cells = textColumn(batch, text);
    return (index) => !cells.isNull(index);
  }
  const { texts } = rowTexts(batch, selection);
  const dead = new Set(texts.flatMap(({ row, reason }) => (reason === null ? [] : [row])));
  return (index) => !dead.has(index);
}

interface SeenBatch {
  readonly file: string;
  readonly layout: JsonLinesLayout;
  /** Of the batch, from the first of the stream. */
  readonly firstRow: number;
  readonly isTaken: (index: number) => boolean;
}

function seeBatch(
  seen: SeenFields,
  batch: RecordBatch,
  { file, layout, firstRow, isTaken }: SeenBatch,
): void {
  const lines = textColumn(batch, layout.line);
  for (let index = 0; index < batch.numRows; index++) {
    if (!isTaken(index)) continue;
    const line = lines.bytes(index);
    const row = firstRow + index;
    for (const [name, span] of scanRow(line, { file, row }).members) {
      seen.see(name, { line, span, row });
    }
  }
}

interface RowPlace {
  readonly file: string;
  readonly row: number;
}

function scanRow(line: Uint8Array, place: RowPlace): Pick<ScannedObject, 'members'> {
  const remedy =
    'set such rows aside with --on-bad-row dead-letter, or keep whole lines with --json-fields line';
  if (!isValidUtf8(line)) {
    throw corruptFile(place, `: row ${place.row} is not UTF-8, and has no columns; ${remedy}`);
  }
  try {
    return scanObject(line);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const problem = `: row ${place.row} is not a JSON object (${error.message}), and has no columns; ${remedy}`;
    throw corruptFile(place, problem, error);
  }
}

/**
 * Makes columns of the fields of lines, in place of the columns that `readJsonl` made: the text is the one that the record batch has by
 * now, every other value is the line's. Columns that were added since follow. Batches that are not of lines pass.
 *
 * @param fields - as {@link inferFields} gives them for the same lines.
 * @throws ToeditError from the stream, `COLUMN_EXISTS` where a field has the name of an added column.
 */
export function spreadFields(fields: readonly Field[]): Operator {
  return async function* spreadFields(source) {
    for await (const batch of source) {
      const layout = jsonLinesLayout(batch.schema);
      yield layout === undefined ? batch : spreadBatch(batch, layout, fields);
    }
  };
}

function spreadBatch(
  batch: RecordBatch,
  layout: JsonLinesLayout,
  fields: readonly Field[],
): RecordBatch {
  const added = addedColumns(batch, layout);
  const taken = added.find((name) => fields.some((field) => field.name === name));
  if (taken !== undefined) {
    throw new ToeditError(
      'COLUMN_EXISTS',
      `the lines have a field ${JSON.stringify(taken)} already; rename it, or do not ask for that column`,
    );
  }
  const lines = textColumn(batch, layout.line);
  const rows = Array.from({ length: batch.numRows }, (_, row) => {
    const line = lines.bytes(row);
    return { line, members: scanObject(line).members };
  });
  const columns = fields.map((field): Column => {
    const type = field.type as DataType;
    const values = rows.map(({ line, members }) => {
      const span = members.get(field.name);
      return span === undefined ? null : plainValue({ line, span }, type);
    });
    const isText = field.name === layout.text && DataType.isUtf8(type);
    return {
      field,
      data: columnOfValues(isText ? editedTexts(batch, layout, values) : values, type),
    };
  });
  return batchOfColumns([...columns, ...added.map((name) => columnOf(batch, name))], batch);
}

/** The texts of the batch; of rows that have none what their lines hold, a number that became text for example. */
function editedTexts(
  batch: RecordBatch,
  layout: JsonLinesLayout,
  written: readonly unknown[],
): readonly unknown[] {
  if (layout.text === null) return written;
  const texts = textColumn(batch, layout.text);
  return written.map((value, row) =>
    texts.isNull(row) ? value : decoder.decode(texts.bytes(row)),
  );
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function notLines(): ToeditError {
  return new ToeditError(
    'COLUMN_MISSING',
    'the record batches hold no lines: inferFields reads what readJsonl gives',
  );
}
