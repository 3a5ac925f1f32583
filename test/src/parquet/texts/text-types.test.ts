import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  FixedSizeBinary,
  Int32,
  makeData,
  Null,
  type RecordBatch,
  DataType as Types,
  Utf8,
  Vector,
} from 'apache-arrow';
import { afterAll, expect, test } from 'vitest';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { batchOfColumns } from '#toedit/src/arrow/columns';
import { joinTexts, requireEditable, textColumn, textData } from '#toedit/src/arrow/text-column';
import { readParquetTexts } from '#toedit/src/parquet/read-parquet-texts';
import { collect, countedSource, textBatch } from '../../../operators/text-batch.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-text-types-'));
afterAll(() => rmSync(directory, { recursive: true }));

const bytes = (texts: readonly string[]) => texts.map((text) => Buffer.from(text));

/** Texts, each of four bytes, or null. */
const texts = ['seas', null, 'suns', 'seas', null, 'oaks'];
const validity = Uint8Array.of(0b101101);
const rows = { length: texts.length, nullCount: 2, nullBitmap: validity };

function dictionary(isOrdered: boolean): Data {
  const type = new Dictionary(new Utf8(), new Int32(), undefined, isOrdered);
  const values = textData(new Utf8(), joinTexts(bytes(['seas', 'suns', 'oaks']), undefined));
  const data = Int32Array.of(0, 0, 1, 0, 0, 2);
  return makeData({ type, ...rows, data, dictionary: new Vector<Utf8>([values as Data<Utf8>]) });
}

const fixed = makeData({
  ...{ type: new FixedSizeBinary(4), ...rows },
  data: Buffer.from(texts.map((text) => text ?? '\0\0\0\0').join('')),
});

async function textsOf(name: string, data: Data): Promise<readonly RecordBatch[]> {
  const path = join(directory, name);
  const columns = [{ field: new Field<DataType>('text', data.type, true), data }];
  const like = textBatch(texts.map((text, id) => ({ id, text })));
  await writeParquet(path)(countedSource([batchOfColumns(columns, like)]).source);
  return collect(readParquetTexts(path, { column: 'text', batchRows: 4 }));
}

function plain(batches: readonly RecordBatch[]): (string | null)[] {
  return batches.flatMap((batch) => {
    const column = textColumn(batch, 'text');
    return Array.from({ length: batch.numRows }, (_, row) =>
      column.isNull(row) ? null : Buffer.from(column.bytes(row)).toString(),
    );
  });
}

const refused = expect.objectContaining({ code: 'COLUMN_TYPE' }) as Error;

test('a column of nulls is read as no texts', async () => {
  const nulls = makeData({ type: new Null(), length: 6 });
  const batches = await textsOf('null.parquet', nulls);
  expect(plain(batches)).toEqual([null, null, null, null, null, null]);
  for (const batch of batches) expect(() => requireEditable(batch, 'text')).not.toThrow();
});

test('a dictionary of texts is read', async () => {
  const batches = await textsOf('dictionary.parquet', dictionary(false));
  expect(plain(batches)).toEqual(texts);
  for (const batch of batches) expect(() => requireEditable(batch, 'text')).not.toThrow();
});

test('bytes of a fixed length are read, and known as such', async () => {
  const batches = await textsOf('fixed.parquet', fixed);
  expect(plain(batches)).toEqual(texts);
  for (const batch of batches) {
    expect(Types.isFixedSizeBinary(batch.schema.fields[0]?.type)).toBe(true);
    expect(() => requireEditable(batch, 'text')).toThrow(refused);
  }
});

test('a dictionary whose order means something is read, and known as such', async () => {
  const batches = await textsOf('ordered.parquet', dictionary(true));
  expect(plain(batches)).toEqual(texts);
  for (const batch of batches) expect(() => requireEditable(batch, 'text')).toThrow(refused);
});
