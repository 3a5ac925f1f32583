import fc from 'fast-check';
import { expect, test } from 'vitest';
import { selectDsir } from '#toedit/operators/select-dsir';
import { featureCounter } from '#toedit/src/analysis/features/feature-counter';
import { importanceOf } from '#toedit/src/analysis/importance';
import { collect, countedSource, numbered, rowsOf, textBatch } from './text-batch.ts';

function bucketsOf(texts: readonly (string | null)[]): Float64Array {
  const counter = featureCounter();
  for (const text of texts) counter.add(new TextEncoder().encode(text ?? ''));
  return counter.state().buckets;
}

const word = fc.constantFrom('to', 'be', 'or', 'not', 'that', 'is', '?', 'É');
const text = fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join(' '));
const texts = fc.array(fc.option(text), { minLength: 1, maxLength: 40 });
const seed = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test('selects the rows of the greatest keys, in order, however they are cut into batches', async () => {
  await fc.assert(
    fc.asyncProperty(
      texts,
      fc.nat(40),
      fc.integer({ min: 1, max: 50 }),
      seed,
      async (all, cut, rows, seedValue) => {
        const counts = {
          target: bucketsOf(['to be or not to be?']),
          raw: bucketsOf(['that is', ...all]),
        };
        const options = { ...counts, seed: seedValue };
        const { keys } = importanceOf(options)(textBatch(numbered(all)), {
          file: 'a',
          firstRow: 0,
        });
        const chosen = [...keys.entries()]
          .filter(([row]) => all[row] !== null)
          .toSorted(([, one], [, other]) => other - one)
          .slice(0, rows)
          .map(([row]) => row)
          .toSorted((one, other) => one - other);
        const parts = [numbered(all).slice(0, cut), numbered(all).slice(cut)];
        const { source } = countedSource(parts.map((part) => textBatch(part)));
        const out = await collect(selectDsir({ ...options, rows, name: 'a' })(source));
        expect(out.length).toBeGreaterThan(0);
        expect(out.flatMap(rowsOf).map(({ id }) => id)).toEqual(chosen);
      },
    ),
  );
});

test('draws without replacement by weight: over many seeds a row is drawn first as often as its weight says', () => {
  const all = ['to be', 'to be or', 'not that', 'that is not'];
  const counts = {
    target: bucketsOf(['to be or not']),
    raw: bucketsOf([...all, 'to to be be or or']),
  };
  const seeds = 800;
  const first = new Float64Array(all.length);
  let weights = new Float64Array();
  for (let each = 0; each < seeds; each++) {
    const read = importanceOf({ ...counts, seed: BigInt(each) });
    const { keys, logWeights } = read(textBatch(numbered(all)), { file: 'a', firstRow: 0 });
    weights = logWeights.map(Math.exp);
    const best = keys.indexOf(Math.max(...keys));
    first[best] = (first[best] ?? 0) + 1;
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  weights.forEach((weight, row) => {
    const share = weight / total;
    const deviation = Math.sqrt((share * (1 - share)) / seeds) + 1e-12;
    expect(Math.abs((first[row] ?? 0) / seeds - share) / deviation).toBeLessThan(4);
  });
});

test('holds no more than twice the rows and a batch, and releases its source', async () => {
  const all = numbered(Array.from({ length: 500 }, (_, id) => `text ${id % 7} of ${id}`));
  const counts = { target: bucketsOf(['text 3']), raw: bucketsOf(all.map((row) => row.text)) };
  const batches = all.map((row) => textBatch([row]));
  const { source, seen } = countedSource(batches);
  const out = await collect(selectDsir({ ...counts, rows: 20 })(source));
  expect(out.flatMap(rowsOf)).toHaveLength(20);
  expect(seen).toEqual({ given: 500, isReleased: true });
});

test.each([
  [{ rows: 0 }, 'rows'],
  [{ target: new Float64Array(10_000) }, 'target'],
  [{ raw: new Float64Array(3) }, 'raw'],
  [{ seed: -1n }, 'seed'],
])('refuses %o', (wrong, name) => {
  const some = bucketsOf(['a']);
  expect(() => selectDsir({ target: some, raw: some, rows: 1, ...wrong })).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: expect.stringContaining(name) as string,
    }) as Error,
  );
});
