import {
  Binary,
  Field,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
} from 'apache-arrow';
import { addedColumn, type Column, columnOf } from '../arrow/columns.ts';
import { passReasonColumn } from '../arrow/pass-reasons.ts';
import { joinTexts, textColumn, textData } from '../arrow/text-column.ts';
import type { PassReason } from '../columns.ts';
import { nullReasons } from '../json/null-reasons.ts';

/** A text that was found in a row, or why a row has none. */
export interface FoundText {
  /** Which of the selection's paths, from 0; -1 where the row has no text at all. */
  readonly path: number;
  /** Which of the texts of that path in the row, from 0, whatever their roles; -1 where the row has no text at all. */
  readonly item: number;
  /** Such as `messages[3].content`; empty where the row has no text at all. */
  readonly place: string;
  /** Null where there is no text. */
  readonly bytes: Uint8Array | null;
  /** Why there is no text; null where there is one. */
  readonly reason: PassReason | null;
}

/** A row without any text. */
export function textless(reason: PassReason): FoundText {
  return { path: -1, item: -1, place: '', bytes: null, reason };
}

/** A text, and the row of the input that it lies in, from 0. */
export interface PlacedText extends FoundText {
  readonly row: number;
}

/** The columns of text rows. `key` is there only where something else than the text keys its draws. */
export const textRowNames = {
  text: 'text',
  row: 'text_row',
  path: 'text_path',
  item: 'text_item',
  place: 'text_place',
  reason: 'text_reason',
  key: 'text_key',
} as const;

const placeFields = [
  new Field(textRowNames.row, new Int64(), false),
  new Field(textRowNames.path, new Int32(), false),
  new Field(textRowNames.item, new Int32(), false),
  new Field(textRowNames.place, new Utf8(), false),
] as const;

/** The columns that say where a text lies. */
export const placeNames: readonly string[] = placeFields.map(({ name }) => name);

const mark = 'toedit:text_rows';

/** Whether a record batch is of text rows. */
function isTextRows({ metadata }: Schema): boolean {
  return metadata.has(mark);
}

/**
 * A record batch of a row a text: `text` (Binary), where it lies (`text_row` Int64, `text_path` and `text_item` Int32, `text_place` Utf8), and
 * `text_reason`, why there is none.
 *
 * @param keys - a key each, null where the text is its own; undefined: no column.
 */
export function textRowsBatch(
  texts: readonly PlacedText[],
  keys?: readonly (Uint8Array | null)[],
): RecordBatch {
  const reasons = passReasonColumn(texts.map(({ reason }) => reason));
  const columns = [
    bytesColumn(
      textRowNames.text,
      texts.map(({ bytes }) => bytes),
    ),
    ...placeColumnsOf(texts),
    { field: reasons.field.clone({ name: textRowNames.reason }), data: reasons.data },
    ...(keys === undefined ? [] : [bytesColumn(textRowNames.key, keys)]),
  ];
  const fields = columns.map(({ field }) => field);
  const children = columns.map(({ data }) => data);
  const type = new Struct(fields);
  const data = makeData({ type, length: texts.length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields, new Map([[mark, '1']])), data);
}

function placeColumnsOf(texts: readonly PlacedText[]): readonly Column[] {
  const [row, path, item, place] = placeFields;
  const int32s = (values: readonly number[]) =>
    makeData({ type: new Int32(), data: Int32Array.from(values), nullCount: 0 });
  const rows = BigInt64Array.from(texts, (text) => BigInt(text.row));
  const places = texts.map((text) => encoder.encode(text.place));
  return [
    { field: row, data: makeData({ type: new Int64(), data: rows, nullCount: 0 }) },
    { field: path, data: int32s(texts.map((text) => text.path)) },
    { field: item, data: int32s(texts.map((text) => text.item)) },
    { field: place, data: textData(new Utf8(), joinTexts(places, undefined)) },
  ];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const nothing = new Uint8Array(0);

function bytesColumn(name: string, cells: readonly (Uint8Array | null)[]): Column {
  const validity = new Uint8Array((cells.length + 7) >> 3);
  cells.forEach((cell, row) => {
    if (cell !== null) validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  });
  const all = joinTexts(
    cells.map((cell) => cell ?? nothing),
    cells.includes(null) ? validity : undefined,
  );
  return { field: new Field(name, new Binary(), true), data: textData(new Binary(), all) };
}

/** Whether the columns of a batch, such as one of a record, say where its texts lie. */
export function hasTextPlaces({ schema }: RecordBatch): boolean {
  return schema.fields.some(({ name }) => name === textRowNames.place);
}

/** The columns of a batch that say where its texts lie; none where it is not of text rows. */
export function placeColumns(batch: RecordBatch): readonly Column[] {
  return hasTextPlaces(batch) ? placeFields.map(({ name }) => columnOf(batch, name)) : [];
}

/** Where the texts of a batch lie, row by row. */
export interface TextPlaces {
  readonly row: (index: number) => number;
  readonly path: (index: number) => number;
  readonly item: (index: number) => number;
  readonly place: (index: number) => string;
}

/**
 * Reads the columns of text rows, or of a record of them.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function textPlaces(batch: RecordBatch): TextPlaces {
  const [row, path, item] = placeFields.map(
    ({ name, type }) => addedColumn(batch, name, type).data.values as ArrayLike<number | bigint>,
  );
  const place = textColumn(batch, textRowNames.place);
  return {
    row: (index) => Number(row?.[index]),
    path: (index) => Number(path?.[index]),
    item: (index) => Number(item?.[index]),
    place: (index) => decoder.decode(place.bytes(index)),
  };
}

/** Where the rows of a batch lie in their input, for messages. */
export interface RowPlaces {
  /** The row of the input, from 0. */
  readonly row: (index: number) => number;
  /** Such as `row 5`; of text rows also the text: `row 5 (messages[3].content)`. */
  readonly words: (index: number) => string;
}

/** @param firstRow - of the batch, from the first of its source; text rows know their rows themselves. */
export function rowPlaces(batch: RecordBatch, firstRow: number): RowPlaces {
  if (!hasTextPlaces(batch)) {
    return {
      row: (index) => firstRow + index,
      words: (index) => `row ${String(firstRow + index)}`,
    };
  }
  const { row, place } = textPlaces(batch);
  return {
    row,
    words: (index) => {
      const own = place(index);
      return `row ${String(row(index))}${own === '' ? '' : ` (${own})`}`;
    },
  };
}

/** Why rows of a record batch have no text: of text rows as they say, of others as `nullReasons` finds it. */
export function textlessReasons(batch: RecordBatch): (row: number) => PassReason {
  if (!isTextRows(batch.schema)) return nullReasons(batch);
  const reasons = batch.getChild(textRowNames.reason);
  return (row) => (reasons?.get(row) as PassReason | null | undefined) ?? 'null_text';
}
