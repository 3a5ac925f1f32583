import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJsonl } from '#toedit/operators/formats/read-jsonl';
import { spreadTexts } from '#toedit/operators/spread-texts';

async function* bytesOf(rows: readonly unknown[]) {
  yield await Promise.resolve(Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
}

/** The error of a path; null where there is none. */
async function errorOf(rows: readonly unknown[], textColumn: string): Promise<Error | null> {
  const lines = readJsonl(bytesOf(rows), { textColumn: null, batchRows: 2 });
  try {
    for await (const _ of spreadTexts({ textColumn, name: 'chats' })(lines));
    return null;
  } catch (error) {
    return error as Error;
  }
}

const there = [
  ...[{ a: [{ b: 'x' }] }, { a: [{}, { b: null }] }, { a: [{ b: 7 }], c: 1 }],
] as const;
const open = [{ a: [] }, { a: null }, { a: [null] }] as const;
const astray = [{ a: 'x' }, { a: {} }, { a: [{ c: 'x' }] }, { a: ['x'] }] as const;
const absent = [{}, { c: [{ b: 'x' }] }] as const;

const some = (rows: readonly unknown[]) => fc.array(fc.constantFrom(...rows), { maxLength: 3 });

test('a path is wrong where it leads nowhere in any row, unless nothing but empty lists and nulls is in its way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(some(there), some(open), some(astray), some(absent)),
      fc.infiniteStream(fc.nat()),
      async (parts, order) => {
        const [yes, maybe, no] = parts.map(({ length }) => length > 0);
        const rows = parts
          .flat()
          .map((row) => [order.next().value ?? 0, row] as const)
          .toSorted(([a], [b]) => a - b);
        const error = await errorOf(
          rows.map(([, row]) => row),
          'a[].b',
        );
        const isSound = yes || (maybe && !no) || rows.length === 0;
        expect(error === null).toBe(isSound);
        if (!isSound) expect(error).toMatchObject({ code: 'COLUMN_MISSING' });
      },
    ),
  );
});

test('the error has the paths to strings that there are', async () => {
  const rows = [{ 't.x': 'x', n: 1, meta: { tags: ['a'], turns: [{ role: 'u', content: 'c' }] } }];
  const error = await errorOf([...rows, { 'a.b': { c: 'x' } }], 'meta.turns[].text');
  expect(error?.message).toBe(
    'chats: "meta.turns[].text" leads nowhere in the first 2 rows: their strings are at "t.x", "meta.tags[]", "meta.turns[].role", "meta.turns[].content"; name one of these',
  );
  expect((await errorOf([{ n: 1 }], 'x.y'))?.message).toMatch(/at no path;/);
});
