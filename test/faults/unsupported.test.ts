import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decimal, Field, Int, Message, Schema, Utf8 } from 'apache-arrow';
import { afterAll, describe, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { batchOfColumns } from '#toedit/src/arrow/columns';
import { detectFormat } from '#toedit/src/files/detect-format';
import { type FileMetadata, readFileMetadata } from '#toedit/src/parquet/footer/file-metadata';
import { structIn, structsIn, type ThriftStruct } from '#toedit/src/parquet/footer/thrift-struct';
import {
  binaryValue,
  type FieldChanges,
  i32Value,
  newStruct,
  structList,
  structValue,
  writeStruct,
} from '#toedit/src/parquet/footer/write-thrift';
import { readParquetTexts } from '#toedit/src/parquet/read-parquet-texts';
import { collect, countedSource, textBatch } from '../operators/text-batch.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-unsupported-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A sound file that is refused by what it has, and not called damaged. */
const refusal = (...words: readonly string[]) => ({
  code: 'UNSUPPORTED',
  message: expect.stringMatching(
    new RegExp(`^(?!.*damaged).*${words.join('.*')}`, 'u'),
  ) as unknown as string,
});

const wide = {
  Int128: new Int(true, 128 as never),
  Uint128: new Int(false, 128 as never),
  Decimal512: new Decimal(2, 90, 512),
};

/** A schema as a message of Arrow IPC: what a stream begins with, and what Parquet keeps of it. */
function schemaMessage(schema: Schema): Buffer {
  const metadata = Message.encode(Message.from(schema));
  const padding = -(metadata.length + 8) & 7;
  const length = metadata.length + padding;
  const prefix = Buffer.from(Int32Array.of(-1, length).buffer);
  return Buffer.concat([prefix, metadata, Buffer.alloc(padding)]);
}

const withColumn = (name: string, type: Schema['fields'][number]['type']): Schema =>
  new Schema([new Field('text', new Utf8()), new Field(name, type, true)]);

describe('Arrow', () => {
  test.each(Object.entries(wide))('a column of %s', async (name, type) => {
    const path = join(directory, `${name}.arrows`);
    writeFileSync(path, schemaMessage(withColumn('wide', type)));
    await expect(collect(readArrow(path))).rejects.toMatchObject(refusal('"wide"', name));
  });

  test.each([
    ...['file', 'stream'].map((format) => ({ format, place: 'the schema' })),
    ...['file', 'stream'].map((format) => ({ format, place: 'column "text"' })),
  ] as const)('metadata of $place that are not UTF-8, in a $format', async ({ format, place }) => {
    const path = join(directory, `metadata.${format}`);
    const metadata = new Map([['odd', 'XYZZY']]);
    const batch = textBatch([{ id: 1, text: 'a' }]);
    const { fields } = batch.schema;
    const isField = place !== 'the schema';
    const columns = fields.map((field, index) => ({
      field: isField && field.name === 'text' ? field.clone({ metadata }) : field,
      data: batch.data.children[index] as never,
    }));
    const marked = batchOfColumns(columns, batch);
    if (!isField) marked.schema.metadata.set('odd', 'XYZZY');
    await writeArrow(path, { format: format as 'file', overwrite: true })(
      countedSource([marked]).source,
    );
    patch(path, 'XYZZY', 'XY\xffZY');
    await expect(collect(readArrow(path))).rejects.toMatchObject(
      refusal(place, '"odd"', 'not UTF-8'),
    );
  });
});

/** Puts other bytes, as many, in the place of each that are there. */
function patch(path: string, from: string, to: string): void {
  const bytes = readFileSync(path).toString('latin1');
  expect(bytes).toContain(from);
  writeFileSync(path, bytes.replaceAll(from, to), 'latin1');
}

describe('Parquet', () => {
  test('an encrypted footer', async () => {
    const path = join(directory, 'encrypted.parquet');
    writeFileSync(path, 'PARE-what-nobody-reads-\x04\0\0\0PARE');
    expect(await detectFormat(path)).toMatchObject({ kind: 'parquet' });
    await expect(readFileMetadata(path)).rejects.toMatchObject(refusal('encrypted'));
    await expect(collect(readParquet(path))).rejects.toMatchObject(refusal('encrypted'));
  });

  test('columns that are encrypted under a plain footer are named', async () => {
    // FileMetaData: 8 is encryption_algorithm. ColumnChunk: 8 is crypto_metadata.
    const key = structValue(newStruct([[1, structValue(newStruct([]))]]));
    const path = await withFooter('columns.parquet', (file) => [
      [
        4,
        groups(file, (chunk, index) =>
          index === 1 ? writeStruct(chunk, new Map([[8, key]])) : null,
        ),
      ],
      [8, key],
    ]);
    await expect(readFileMetadata(path)).rejects.toMatchObject(
      refusal('column "text" is encrypted'),
    );
  });

  test('columns whose data lie in another file', async () => {
    const path = await withFooter('elsewhere.parquet', (file) => [
      [
        4,
        groups(file, (chunk) => writeStruct(chunk, new Map([[1, binaryValue('part-7.parquet')]]))),
      ],
    ]);
    const named = refusal('"(id|text)"', 'another file, "part-7.parquet"');
    await expect(collect(readParquetTexts(path, { column: 'text' }))).rejects.toMatchObject(named);
    await expect(collect(readParquet(path))).rejects.toMatchObject(named);
  });

  test('a codec that is not read', async () => {
    // ColumnChunk: 3 is meta_data. ColumnMetaData: 4 is codec; 3 is LZO.
    const path = await withFooter('lzo.parquet', (file) => [
      [
        4,
        groups(file, (chunk) => {
          const metadata = structIn(chunk, 3);
          const codec = structValue(writeStruct(metadata, new Map([[4, i32Value(3)]])));
          return writeStruct(chunk, new Map([[3, codec]]));
        }),
      ],
    ]);
    await expect(collect(readParquetTexts(path, { column: 'text' }))).rejects.toMatchObject(
      refusal('LZO'),
    );
    await expect(collect(readParquet(path))).rejects.toMatchObject(refusal('LZO'));
  });

  test('an Arrow schema of types that are not known, and metadata that are not UTF-8', async () => {
    const arrow = schemaMessage(withColumn('wide', wide.Int128)).toString('base64');
    const pair = (key: string, value: string) =>
      newStruct([
        [1, binaryValue(Buffer.from(key, 'latin1'))],
        [2, binaryValue(Buffer.from(value, 'latin1'))],
      ]);
    const cases = [
      [pair('ARROW:schema', arrow), ['"wide"', 'Int128']],
      [pair('odd', 'a\xff'), ['"odd"', 'not UTF-8']],
    ] as const;
    for (const [metadata, words] of cases) {
      const path = await withFooter('metadata.parquet', () => [[5, structList([metadata])]]);
      await expect(collect(readParquet(path))).rejects.toMatchObject(refusal(...words));
      // Where the format stays, the metadata are copied, and the text alone is read.
      const batches = await collect(readParquetTexts(path, { column: 'text' }));
      expect(batches.map(({ numRows }) => numRows)).toEqual([2]);
    }
  });
});

/** A file of two rows, its footer changed. */
async function withFooter(
  name: string,
  changes: (
    file: FileMetadata,
  ) => Iterable<FieldChanges extends ReadonlyMap<infer K, infer V> ? [K, V] : never>,
): Promise<string> {
  const path = join(directory, name);
  const rows = ['The sea.', 'The sky.'].map((text, id) => ({ id, text }));
  await writeParquet(path, { overwrite: true })(countedSource([textBatch(rows)]).source);
  const file = await readFileMetadata(path);
  const footer = writeStruct(file.struct, new Map(changes(file)));
  const end = Buffer.from('\0\0\0\0PAR1');
  end.writeUInt32LE(footer.length);
  writeFileSync(
    path,
    Buffer.concat([readFileSync(path).subarray(0, file.place.start), footer, end]),
  );
  return path;
}

/** The row groups with changed chunks. RowGroup: 1 is columns. */
function groups(
  { rowGroups }: FileMetadata,
  change: (chunk: ThriftStruct, index: number) => Uint8Array | null,
) {
  return structList(
    rowGroups.map((group) => {
      const chunks = structsIn(group, 1).map(
        (chunk, index) => change(chunk, index) ?? chunk.bytes.subarray(chunk.start, chunk.end),
      );
      return writeStruct(group, new Map([[1, structList(chunks)]]));
    }),
  );
}
