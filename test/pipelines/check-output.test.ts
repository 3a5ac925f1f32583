import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataType, Field, Int32, type RecordBatch, Schema, Utf8 } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { writeJsonl } from '#toedit/operators/formats/write-jsonl';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { checkOutput } from '#toedit/pipelines/executor/check-output';
import type { Source } from '#toedit/src/operator';
import { countedSource, numbered, textBatch } from '../operators/text-batch.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { everyTypeBatch } from '../src/arrow/any-column.ts';

let directory = '';
let path = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-check-'));
  path = join(directory, 'out');
});
afterEach(() => rm(directory, { recursive: true }));

const batch = textBatch(numbered(Array.from({ length: 300 }, (_, i) => `text ${i}`)));
const { schema } = batch;
const source = (batches: readonly RecordBatch[] = [batch]): Source => countedSource(batches).source;

const writers = [
  ['Parquet', () => writeParquet(path)],
  ['an Arrow file', () => writeArrow(path)],
  ['an Arrow stream', () => writeArrow(path, { format: 'stream' })],
  ['JSON Lines', () => writeJsonl(path)],
  ['JSON Lines in gzip', () => writeJsonl(path, { compression: 'gzip' })],
  ['JSON Lines in zstd', () => writeJsonl(path, { compression: 'zstd' })],
] as const;

describe.each(writers)('%s', (_, writer) => {
  test('that is as it was written gives its rows and its SHA-256', async () => {
    await writer()(source());
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    expect(await checkOutput(path, { rows: 300, schema })).toEqual({ rows: 300, sha256 });
  });

  test('of no rows is right', async () => {
    await writer()(source([textBatch([])]));
    expect(await checkOutput(path, { rows: 0, schema })).toMatchObject({ rows: 0 });
  });

  test('with too few rows, or cut short, is refused under its own name', async () => {
    await writer()(source());
    await expect(checkOutput(path, { rows: 301, schema, name: 'final' })).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringMatching(/^final is not as it was written: it holds 300 of 301 rows/),
      place: { file: 'final' },
    });
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 40));
    await expect(checkOutput(path, { rows: 300, schema })).rejects.toMatchObject({
      code: 'WRITE_FAILED',
    });
  });
});

test.each(writers.slice(0, 3))('%s with another schema is refused', async (_, writer) => {
  await writer()(source());
  const [id, text] = [new Field('id', new Int32(), false), schema.fields[1] as Field];
  const { metadata } = schema;
  const others: readonly (readonly [Schema, string])[] = [
    [new Schema([id, new Field('text', new Utf8(), true)], metadata), 'column 1 is "text"'],
    [new Schema([new Field('id', new Int32(), true), text], metadata), 'column 0 is "id"'],
    [new Schema([text, id], metadata), 'column 0'],
    [new Schema([id], metadata), 'column 1 is "text": LargeUtf8?, not absent'],
    [new Schema([id, text]), 'the schema has another value of the metadata "corpus"'],
    [
      new Schema([id, new Field('text', text.type, true, new Map([['a', 'b']]))], metadata),
      'column 1 has another value of the metadata "a"',
    ],
  ];
  for (const [other, message] of others) {
    const checked = checkOutput(path, { rows: 300, schema: other });
    await expect(checked).rejects.toThrow(message);
  }
});

/** Types that Parquet cannot hold. */
const isNotParquet = (type: DataType): boolean =>
  DataType.isUnion(type) ||
  DataType.isInterval(type) ||
  (DataType.isDictionary(type) && DataType.isList(type.dictionary));

test('columns of every type that can be written come back as they were', async () => {
  const all = everyTypeBatch(() => true);
  await writeArrow(path, { format: 'stream' })(source([all]));
  await checkOutput(path, { rows: 30, schema: all.schema });
  const most = everyTypeBatch((type) => !isNotParquet(type));
  await writeParquet(path, { overwrite: true })(source([most]));
  await checkOutput(path, { rows: 30, schema: most.schema });
});

describe.skipIf(!hasSharedData)('the corpora, written in each format', () => {
  const files = ['books.parquet', 'hostile-binary.parquet', 'no-rows.parquet', 'tech-zstd.arrows'];
  test.each(files)('%s', async (name) => {
    const file = join(sharedData, name);
    const read = () => (name.endsWith('parquet') ? readParquet(file) : readArrow(file));
    for (const [, writer] of writers.slice(0, 3)) {
      let expected = { rows: 0, schema: undefined as Schema | undefined };
      const { rows } = await writer()(
        (async function* () {
          for await (const one of read()) {
            expected = { rows: expected.rows + one.numRows, schema: one.schema };
            yield one;
          }
        })(),
      );
      expect(await checkOutput(path, expected)).toMatchObject({ rows });
      await rm(path);
    }
  });
});
