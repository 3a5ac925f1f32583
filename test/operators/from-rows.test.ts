import { Field, Float64, Int32, Schema, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromRows, toRows } from '#toedit/operators/formats/from-rows';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import type { PlainRow } from '#toedit/src/rows/infer-type';

const scalars = {
  string: fc.string({ unit: 'binary' }),
  number: fc.double(),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  boolean: fc.boolean(),
  date: fc.date({ noInvalidDate: true }),
  bytes: fc.uint8Array({ maxLength: 9 }),
} as const;

/** What a column holds: one scalar, an array of one shape, or an object of several. */
type Shape = keyof typeof scalars | readonly Shape[] | { readonly [name: string]: Shape };

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...(Object.keys(scalars) as (keyof typeof scalars)[])),
    tie('shape').map((item) => [item]),
    fc.dictionary(fc.string(), tie('shape'), { maxKeys: 3 }),
  ),
}));

/** Values of a shape, null now and then. */
function valuesOf(type: Shape): fc.Arbitrary<unknown> {
  return fc.option(presentOf(type), { freq: 4 });
}

function presentOf(type: Shape): fc.Arbitrary<unknown> {
  if (typeof type === 'string') return scalars[type];
  if (isList(type)) return fc.array(valuesOf(type[0] ?? 'string'), { maxLength: 4 });
  return membersOf(type);
}

function isList(type: Shape): type is readonly Shape[] {
  return Array.isArray(type);
}

function membersOf(type: Readonly<Record<string, Shape>>): fc.Arbitrary<PlainRow> {
  const members = Object.entries(type).map(([name, each]) =>
    valuesOf(each).map((value) => [name, value] as const),
  );
  return fc.tuple(...members).map((entries) => Object.fromEntries(entries));
}

const tables = fc
  .dictionary(fc.string(), shape, { maxKeys: 4 })
  .chain((type) => fc.array(membersOf(type), { minLength: 1, maxLength: 20 }));

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('fromRows and toRows', () => {
  test('rows come back as they were', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (rows) => {
        const back = await collect(toRows(fromRows(rows)));
        expect(back).toEqual(rows);
      }),
    );
  });

  test('any cut into record batches gives the same rows', async () => {
    const rows = Array.from({ length: 25 }, (_, id) => ({ id, text: `text ${id}`, tags: ['a'] }));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (batchRows) => {
        const batches = await collect(fromRows(rows, { batchRows }));
        expect(Math.max(...batches.map(({ numRows }) => numRows))).toBe(Math.min(25, batchRows));
        expect(await collect(toRows(fromRows(rows, { batchRows })))).toStrictEqual(rows);
      }),
      { numRuns: 20 },
    );
  });

  test('no rows are one record batch without any, of the schema', async () => {
    const schema = new Schema([new Field('text', new Utf8(), true)]);
    const batches = await collect(fromRows([], { schema }));
    expect(batches.map((batch) => [batch.numRows, String(batch.schema)])).toStrictEqual([
      [0, String(schema)],
    ]);
  });

  test.each([
    ['another type', [{ text: 'a' }, { text: 1 }], 'row 1: "text" is a number'],
    ['a new member', [{ text: 'a' }, { text: 'b', id: 1 }], 'row 1: "id" is a number'],
    ['a deep one', [{ a: [{ b: 1 }] }, { a: [{ b: 2 }, { b: 'c' }] }], '"a[1].b" is a string'],
    ['half a surrogate pair', [{ text: '\ud83d' }], 'row 0: "text" is a string'],
    ['a large integer', [{ id: 2n ** 63n }], 'row 0: "id" is a bigint'],
    ['a function', [{ text: () => 'a' }], 'row 0: "text" is a value that no column holds'],
    ['what is no row', ['a'], 'row 0 is not an object'],
  ])('refuses %s, with its row', async (_, rows, message) => {
    const batches = fromRows(rows as PlainRow[], { batchRows: 1 });
    await expect(collect(batches)).rejects.toMatchObject({
      code: 'COLUMN_TYPE',
      message: expect.stringContaining(message) as string,
    });
  });

  test('a schema decides the types', async () => {
    const fields = [new Field('id', new Int32(), true), new Field('score', new Float64(), true)];
    const schema = new Schema(fields);
    const rows = [{ id: 1, score: null }, { score: 0.5 }];
    expect(await collect(toRows(fromRows(rows, { schema })))).toStrictEqual([
      { id: 1, score: null },
      { id: null, score: 0.5 },
    ]);
    await expect(collect(fromRows([{ id: 2 ** 31 }], { schema }))).rejects.toThrow('row 0: "id"');
  });

  test('the sample corpus as rows', async () => {
    const rows = await collect(toRows(readArrow('examples/corpus/peps.arrow')));
    expect(rows.length).toBeGreaterThan(0);
    for (const { text } of rows) expect(text).toMatch(/PEP/u);
  });
});
