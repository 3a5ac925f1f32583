import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type DataType,
  Dictionary,
  Field,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  candidatesType,
  editCountNames,
  editCountsType,
  editsType,
  passReasonType,
  tokenIdsType,
  tokenLogprobsType,
} from '#toedit/src/columns';
import { spliceParquet } from '#toedit/src/parquet/splice/splice-parquet';
import {
  asPyarrowReads,
  fixtures,
  hasReferee,
  otherColumns,
  queryFixture as query,
  readByDuckdb,
  textsOf,
} from './parquet-fixtures.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-added-'));
afterAll(() => rmSync(directory, { recursive: true }));

const fields: Field[] = [
  new Field('reason', passReasonType, true),
  new Field('from_file', new Utf8(), false),
  new Field('from_row', new Int64(), false),
  new Field('token_ids', tokenIdsType, true),
  new Field('token_logprobs', tokenLogprobsType, true),
  new Field('edits', editsType, true),
  new Field('candidates', candidatesType, true),
  new Field('edit_counts', editCountsType, false),
];

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const float32 = fc.integer({ min: -4000, max: 0 }).map((value) => value / 16);
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 4 });
const anyRow = fc.record({
  reason: fc.option(fc.string()),
  from_file: fc.string(),
  from_row: fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }),
  token_ids: fc.option(list(int32)),
  token_logprobs: fc.option(list(fc.option(float32))),
  edits: fc.option(
    list(
      fc.record({
        position: int32,
        byte_offset: fc.bigInt({ min: 0n, max: 2n ** 50n }),
        old_id: int32,
        new_id: fc.option(int32),
        logprob: float32,
        new_logprob: fc.option(float32),
        rank: fc.option(int32),
      }),
    ),
  ),
  candidates: fc.option(
    list(fc.record({ position: int32, token_ids: list(int32), logprobs: list(float32) })),
  ),
  edit_counts: fc.record(
    Object.fromEntries(editCountNames.map((name) => [name, fc.nat(100)])) as Record<
      (typeof editCountNames)[number],
      fc.Arbitrary<number>
    >,
  ),
});
type Row = typeof anyRow extends fc.Arbitrary<infer T> ? T : never;

function batchOf(rows: readonly Row[]): RecordBatch {
  const children = fields.map(({ name, type }) => {
    const values = rows.map((row) => row[name as keyof Row]);
    return vectorFromArray(values, type as DataType).data[0] ?? makeData({ type, length: 0 });
  });
  const schema = new Schema(fields);
  const data = makeData({ type: new Struct(fields), length: rows.length, nullCount: 0, children });
  return new RecordBatch(schema, data);
}

/** Bigints as DuckDB prints them. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)),
  );

let outputs = 0;
const everyRow = (row: number): boolean => row >= 0;

/** The file with columns of those rows, again and again, given in batches of that size. */
async function add(path: string, rows: readonly Row[], { keep = everyRow, batchRows = 1000 } = {}) {
  const temporaryPath = join(directory, `${outputs++}-${basename(path)}`);
  const expected: Row[] = [];
  await spliceParquet({
    path,
    temporaryPath,
    column: 'text',
    added: fields,
    plan: (_, size) => {
      const marks = Uint8Array.from({ length: size }, (_0, i) => Number(keep(i)));
      const mine = Array.from(marks).flatMap(
        (mark, i) => rows[mark === 1 ? i % rows.length : -1] ?? [],
      );
      expected.push(...mine);
      const added: RecordBatch[] = [];
      for (let i = 0; i < mine.length; i += batchRows)
        added.push(batchOf(mine.slice(i, i + batchRows)));
      return { keep: marks, added };
    },
  });
  return { output: temporaryPath, expected };
}

const names = fields.map(({ name }) => `"${name}"`).join(', ');
const addedBy = (path: string) =>
  query(
    `SELECT ${names} FROM read_parquet('${path}', file_row_number = true) ORDER BY file_row_number`,
  );

test('any rows are read by DuckDB as they were given', async () => {
  const path = join(fixtures, 'pyarrow-page-index.parquet');
  const options = fc.record({ batchRows: fc.integer({ min: 1, max: 40 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRow, { minLength: 1, maxLength: 20 }),
      options,
      async (rows, how) => {
        const { output, expected } = await add(path, rows, how);
        expect(plain(await addedBy(output))).toEqual(plain(expected));
        rmSync(output);
      },
    ),
    { numRuns: 30 },
  );
});

const someRows = fc.sample(anyRow, { numRuns: 50, seed: 5 });
const unlike = (row: number) => row % 7 !== 3;

/** Of each writer some: what differs between them is what their footers say. */
describe.each(readByDuckdb.filter((_, i) => i % 4 === 1))('%s', (name) => {
  const path = join(fixtures, name);

  test('keeps its columns, and has the new ones', async () => {
    const { output, expected } = await add(path, someRows);
    expect(plain(await addedBy(output))).toEqual(plain(expected));
    expect(await textsOf(output)).toEqual(await textsOf(path));
    const [before, after] = [await otherColumns(path), await otherColumns(output, names)];
    expect(after).toEqual(before);
  });
});

test('rows that are left out are not in the added columns either', async () => {
  const path = join(fixtures, 'spark-types.parquet');
  const { output, expected } = await add(path, someRows, { keep: unlike });
  expect(plain(await addedBy(output))).toEqual(plain(expected));
});

test.skipIf(!hasReferee)(
  'pyarrow reads the types and values that were given, and the others',
  async () => {
    for (const name of [
      'pyarrow-nested',
      'pyarrow-text-dictionary',
      'pyarrow-times',
      'spark-types',
    ]) {
      const path = join(fixtures, `${name}.parquet`);
      const { output, expected } = await add(path, someRows);
      const [before, after] = [asPyarrowReads(path), asPyarrowReads(output)];
      const added = new Set(fields.map((field) => field.name));
      const of = (read: typeof after, isAdded: boolean) =>
        read.types.filter(([column]) => added.has(column) === isAdded);
      expect(of(after, false)).toEqual(before.types);
      expect(Object.fromEntries(of(after, true))).toMatchObject({
        from_file: 'string not null',
        from_row: 'int64 not null',
        token_ids: 'list<element: int32 not null>',
        token_logprobs: 'list<element: float>',
      });
      const rows = after.rows.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([c]) => added.has(c))),
      );
      expect(rows).toEqual(plain(expected));
      const others = after.rows.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([c]) => !added.has(c))),
      );
      expect(others).toEqual(before.rows);
    }
  },
);

test('types that operators do not add are refused', async () => {
  const added = [new Field('x', new Dictionary(new Utf8(), new Int32()), true)];
  const path = join(fixtures, 'spark-types.parquet');
  const temporaryPath = join(directory, 'refused');
  const options = { path, temporaryPath, column: 'text', added, plan: () => ({}) };
  await expect(spliceParquet(options)).rejects.toThrow(/cannot be added/);
  expect(() => readFileSync(temporaryPath)).toThrow('ENOENT');
});
