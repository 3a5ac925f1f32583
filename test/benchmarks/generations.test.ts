import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arms } from '#toedit/benchmarks/generations/arms';
import { continuationsOf, drawNext, likeliest } from '#toedit/benchmarks/generations/continuations';
import { countNgrams, type NgramCounts } from '#toedit/benchmarks/generations/count-ngrams';
import { scoreRow } from '#toedit/benchmarks/generations/edit-with-ngrams';
import type { GenerationResults } from '#toedit/benchmarks/generations/generation-results';
import { rowsOf, runArms, streamOf } from '#toedit/benchmarks/generations/generations';
import {
  advance,
  documentLogprobs,
  firstContext,
  type NgramModel,
  type NgramModelOptions,
  ngramModel,
  perplexity,
  probability,
} from '#toedit/benchmarks/generations/ngram-model';
import { resultsPage } from '#toedit/benchmarks/generations/results-page';
import { sampleCorpus } from '#toedit/benchmarks/generations/sample-corpus';
import { tokenBatch } from '#toedit/benchmarks/generations/token-batches';
import { presets } from '#toedit/src/resampling/resampling-options';
import { tokenBytesOf } from '#toedit/src/text/token-bytes';
import { root } from '../sandbox.ts';

type Rows = readonly (readonly number[])[];

interface Reference {
  readonly vocabulary: number;
  readonly train: Rows;
  readonly heldOut: Rows;
  readonly heldOutSeen: Rows;
  readonly models: readonly {
    readonly by: 'nltk' | 'plain';
    readonly order: number;
    readonly discounts?: readonly number[];
    readonly estimated?: readonly number[];
    readonly heldOut: 'heldOut' | 'heldOutSeen';
    readonly perplexity: number;
    readonly logprobs: Rows;
  }[];
}

const reference = JSON.parse(
  readFileSync(join(root, 'test/fixtures/generations/reference.json'), 'utf8'),
) as Reference;

const vocabulary = 12;
const documents = fc.array(fc.array(fc.nat(vocabulary - 3), { maxLength: 12 }), {
  minLength: 1,
  maxLength: 12,
});
const orders = fc.integer({ min: 1, max: 5 });

async function modelOf(
  rows: Rows,
  {
    order,
    vocabulary: size = vocabulary,
  }: { readonly order: number; readonly vocabulary?: number },
  options: NgramModelOptions = {},
): Promise<NgramModel> {
  const batch = tokenBatch(rows.map((row) => Int32Array.from(row)));
  return ngramModel(await countNgrams(streamOf([batch]), { order, vocabulary: size }), options);
}

/** The contexts that a document leads through, its beginning among them. */
function contextsOf(model: NgramModel, row: readonly number[]): Int32Array[] {
  const context = firstContext(model);
  const contexts = [context.slice()];
  for (const token of row) {
    advance(model, context, token);
    contexts.push(context.slice());
  }
  return contexts;
}

test.each(reference.models)(
  'the model of order $order has the probabilities of an independent one ($by)',
  async ({ order, by, discounts, estimated, heldOut, logprobs, ...expected }) => {
    const setting = { order, vocabulary: reference.vocabulary };
    const model = await modelOf(reference.train, setting, { discounts });
    const rows = reference[heldOut].map((row) => Int32Array.from(row));
    rows.forEach((row, index) => {
      const found = Array.from(documentLogprobs(model, row));
      expect(found).toHaveLength(logprobs[index]?.length ?? -1);
      found.forEach((value, at) => expect(value).toBeCloseTo(logprobs[index]?.[at] ?? 0, 7));
    });
    expect(perplexity(model, rows)).toBeCloseTo(expected.perplexity, 7);
    if (by === 'plain') {
      estimated?.forEach((value, n) => expect(model.discounts[n + 1]).toBeCloseTo(value, 12));
    }
  },
);

test('probabilities sum to 1 over the vocabulary and the end, behind any context', async () => {
  await fc.assert(
    fc.asyncProperty(
      documents,
      orders,
      fc.array(fc.nat(vocabulary - 1), { maxLength: 6 }),
      async (rows, order, row) => {
        const model = await modelOf(rows, { order });
        for (const context of contextsOf(model, row)) {
          let sum = 0;
          for (let token = 0; token <= vocabulary; token++) {
            const one = probability(model, context, token);
            expect(one).toBeGreaterThan(0);
            sum += one;
          }
          expect(sum).toBeCloseTo(1, 10);
        }
      },
    ),
  );
});

/** Counts without the room for more nodes. */
function usedPart({ trie, ...counts }: NgramCounts) {
  const { size, parents, tokens, counts: met, levels } = trie;
  const used = [parents, tokens, met, levels].map((values) => Array.from(values.subarray(0, size)));
  return { ...counts, size, used };
}

test('counts are the same however the rows are cut into batches', async () => {
  await fc.assert(
    fc.asyncProperty(documents, orders, async (rows, order) => {
      const ids = rows.map((row) => Int32Array.from(row));
      const whole = await countNgrams(streamOf([tokenBatch(ids)]), { order, vocabulary });
      const single = ids.map((row) => tokenBatch([row]));
      const other = await countNgrams(streamOf(single), { order, vocabulary });
      expect(usedPart(other)).toEqual(usedPart(whole));
    }),
  );
});

test('the likeliest tokens are those that a look at all of them finds', async () => {
  await fc.assert(
    fc.asyncProperty(
      documents,
      orders,
      fc.array(fc.nat(vocabulary - 1), { maxLength: 5 }),
      fc.integer({ min: 1, max: 6 }),
      async (rows, order, row, k) => {
        const model = await modelOf(rows, { order });
        const continuations = continuationsOf(model);
        const isKnown = new Set(rows.flat());
        for (const context of contextsOf(model, row)) {
          const found = likeliest(continuations, context, k);
          const all = Array.from(isKnown, (token) => probability(model, context, token));
          const best = all.sort((one, other) => other - one).slice(0, k);
          expect(found.probabilities).toHaveLength(best.length);
          found.probabilities.forEach((one, i) => {
            expect(one).toBeCloseTo(best[i] ?? 0, 12);
            expect(probability(model, context, found.ids[i] ?? -1)).toBeCloseTo(one, 12);
          });
        }
      },
    ),
  );
});

test('tokens are drawn as often as the model says', async () => {
  // Every token was met, and few of them: what is left to unknown ones is small, but for the end.
  const model = await modelOf(
    reference.train,
    { order: 3, vocabulary: 30 },
    { discounts: [0, 0.7, 0.7] },
  );
  const continuations = continuationsOf(model);
  const draws = 20_000;
  for (const context of contextsOf(model, reference.train[0]?.slice(0, 4) ?? [])) {
    const drawn = new Float64Array(31);
    for (let i = 0; i < draws; i++) {
      const token = drawNext(continuations, context, (i + 0.5) / draws);
      drawn[token] = (drawn[token] ?? 0) + 1;
    }
    // Numbers evenly apart: an inverse distribution function meets each token within one draw an order.
    drawn.forEach((count, token) => {
      const wanted = draws * probability(model, context, token);
      expect(Math.abs(count - wanted)).toBeLessThan(5);
    });
  }
});

test('a sample has as many tokens as asked for, and the same ones for the same seed alone', async () => {
  const continuations = continuationsOf(
    await modelOf(reference.train, { order: 4, vocabulary: 40 }),
  );
  const sample = (seed: bigint) =>
    Array.from(
      rowsOf(Array.from(sampleCorpus(continuations, { tokens: 500, longest: 20, seed }))),
      (row) => Array.from(row),
    );
  const first = sample(1n);
  expect(first.flat()).toHaveLength(500);
  expect(Math.max(...first.map(({ length }) => length))).toBeLessThanOrEqual(20);
  expect(sample(1n)).toEqual(first);
  expect(sample(2n)).not.toEqual(first);
});

test('a scored row has the log-probabilities of the model, and candidates where they reach the threshold', async () => {
  await fc.assert(
    fc.asyncProperty(documents, orders, async (rows, order) => {
      const model = await modelOf(rows, { order });
      const resampling = { ...presets.paper, threshold: 0.3 };
      for (const row of rows) {
        const ids = Int32Array.from(row);
        const scored = scoreRow(continuationsOf(model), ids, resampling);
        const logprobs = documentLogprobs(model, ids);
        const eligible = row.flatMap((_, at) => ((logprobs[at] ?? 0) >= Math.log(0.3) ? [at] : []));
        expect(Array.from(scored.logprobs)).toEqual(Array.from(logprobs.slice(0, -1), Math.fround));
        expect(Array.from(scored.positions)).toEqual(eligible);
        eligible.forEach((at, index) => {
          expect(scored.candidates(index).ids).toContain(row[at]);
        });
      }
    }),
    { numRuns: 30 },
  );
});

const tokenBytes = tokenBytesOf(
  Array.from({ length: 40 }, (_, token) => Uint8Array.of(0x30 + token)),
);

test('generations keep their size, are the same for the same seed, and sampling alone loses what people wrote', async () => {
  const ids = reference.train.map((row) => Int32Array.from(row));
  const setting = {
    ...{ order: 3, vocabulary: 40, tokenBytes, generations: 3 },
    human: [tokenBatch(ids.slice(0, 60)), tokenBatch(ids.slice(60))],
    heldOut: reference.heldOut.map((row) => Int32Array.from(row)),
  };
  const results = await runArms(arms, setting, 7);
  expect(await runArms(arms, setting, 7)).toEqual(results);
  expect(await runArms(arms, setting, 8)).not.toEqual(results);
  const [human] = results[0]?.generations ?? [];
  const tokens = ids.reduce((sum, { length }) => sum + length, 0);
  for (const { arm, generations } of results) {
    expect(generations).toHaveLength(4);
    expect(generations[0]).toEqual(human);
    for (const generation of generations) expect(generation.tokens, arm.name).toBe(tokens);
  }
  const last = (name: string) => results.find(({ arm }) => arm.name === name)?.generations.at(-1);
  const edited = last('edited, retrained, P ≥ 0.5');
  expect(edited?.changed).toBeGreaterThan(0);
  expect(edited?.fromHuman).toBeLessThan(0.5);
  expect(last('sampled')?.perplexity).toBeGreaterThan(edited?.perplexity ?? Number.NaN);
});

test('the committed page is made of the committed results', () => {
  const file = (name: string) => readFileSync(join(root, 'benchmarks/generations', name), 'utf8');
  expect(resultsPage(JSON.parse(file('results.json')) as GenerationResults)).toBe(
    file('RESULTS.md'),
  );
});
