import { Field, type RecordBatch, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type HalvedMicroBatch,
  type MicroBatchReport,
  type ScoreTokensOptions,
  type Scoring,
  scoreTokens,
} from '#toedit/operators/score-tokens';
import { passReasonType, tokenIdsType } from '#toedit/src/columns';
import { ToeditError } from '#toedit/src/errors';
import { microBatchBudget } from '#toedit/src/inference/micro-batch';
import { addMicroBatch, addTotals, countsOf, emptyTotals } from '#toedit/src/metrics/totals';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import { loadLimitedPrior } from '../limited-prior.ts';
import { recordBatchOf } from '../record-batch-of.ts';
import { root } from '../sandbox.ts';
import { scoresOf, type TextScores } from '../score-texts.ts';
import { collect, countedSource } from './text-batch.ts';

let prior: Prior;
/** Takes 60 tokens at most. */
let limited: Prior;
const limit = 60;
beforeAll(async () => {
  prior = await loadPrior(`${root}models/tiny`, { threads: 1 });
  limited = await loadLimitedPrior(limit);
});
afterAll(() => Promise.all([prior.close(), limited.close()]));

type Documents = readonly (readonly number[] | null)[];
type Row = TextScores & { readonly reason: string | null };

/** Record batches as `tokenize` leaves them. */
function tokenised(documents: Documents): RecordBatch {
  const reasons = documents.map((tokenIds) => (tokenIds === null ? 'null_text' : null));
  return recordBatchOf([
    { field: new Field('text', new Utf8(), true), values: documents.map(() => 'a') },
    { field: new Field('token_ids', tokenIdsType, true), values: documents },
    { field: new Field('pass_reason', passReasonType, true), values: reasons },
  ]);
}

async function score(
  scoring: Scoring,
  batches: readonly RecordBatch[],
  options: ScoreTokensOptions = {},
): Promise<Row[]> {
  const given = { threshold: 0.2, windowTokens: 32, minContextTokens: 8, ...options };
  const results = await collect(scoreTokens(scoring, given)(countedSource(batches).source));
  return results.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, row) => ({
      ...scoresOf(batch, row),
      reason: batch.getChild('pass_reason')?.get(row) as string | null,
    })),
  );
}

/** The real engine behind a limit that can be set: micro-batches above it do not reach it. */
function refusing(isRefused: Parameters<typeof refusal>[0]): Scoring & { calls: number } {
  const { maxTokens, bosTokenId, addsBos } = prior;
  const scoring = {
    ...{ maxTokens, bosTokenId, addsBos, calls: 0 },
    score(batch: Parameters<Scoring['score']>[0]) {
      scoring.calls++;
      const error = refusal(isRefused, batch);
      return error === null ? prior.score(batch) : Promise.reject(error);
    },
  };
  return scoring;
}

type MicroBatch = Parameters<Scoring['score']>[0];

function refusal(isRefused: (batch: MicroBatch) => boolean, batch: MicroBatch): Error | null {
  return isRefused(batch) ? new ToeditError('INFERENCE_FAILED', 'out of memory') : null;
}

const unknownToken = 4096;
const failedRow: Row = {
  tokenIds: null,
  logprobs: null,
  candidates: null,
  reason: 'inference_failed',
};

const tokens = fc.array(fc.integer({ min: 0, max: 4095 }), { maxLength: 70, size: 'max' });
const documents: fc.Arbitrary<Documents> = fc.array(fc.option(tokens, { freq: 6 }), {
  minLength: 1,
  maxLength: 8,
  size: 'max',
});

describe('a micro-batch that ONNX Runtime refuses', () => {
  test('is halved: scores and candidates are those of the whole, bit for bit', async () => {
    let halved = 0;
    const onHalved = ({ windows, tokens: size, failure }: HalvedMicroBatch) => {
      halved++;
      expect(windows).toBeGreaterThan(1);
      expect(size).toBeGreaterThan(limit);
      expect(failure.message).toMatch(/Gather.*out of (?:data )?bounds/);
    };
    const property = fc.asyncProperty(documents, async (rows) => {
      const batches = [tokenised(rows), tokenised(rows.toReversed())];
      const whole = await score(prior, batches);
      expect(await score(limited, batches, { onHalved })).toEqual(whole);
    });
    await fc.assert(property, { numRuns: 15 });
    expect(halved).toBeGreaterThan(10);
  });

  test('is halved at any limit', async () => {
    const limits = fc.integer({ min: 32, max: 400 });
    let halved = 0;
    const onHalved = () => {
      halved++;
    };
    const property = fc.asyncProperty(documents, limits, async (rows, most) => {
      const scoring = refusing(({ size, width }) => size * width > most);
      const batches = [tokenised(rows)];
      expect(await score(scoring, batches, { onHalved })).toEqual(await score(prior, batches));
    });
    await fc.assert(property, { numRuns: 40 });
    expect(halved).toBeGreaterThan(10);
  });

  test('costs the documents that fail alone, and no others', async () => {
    const poisoned = fc.array(
      fc.oneof(tokens, fc.constant(null), fc.constant([5, unknownToken, 7])),
      { minLength: 2, maxLength: 8, size: 'max' },
    );
    const property = fc.asyncProperty(poisoned, fc.boolean(), async (rows, isLimited) => {
      const isBad = (row: readonly number[] | null) => row?.includes(unknownToken) === true;
      const good = rows.map((row) => (isBad(row) ? [] : row));
      const expected = (await score(prior, [tokenised(good)])).map((row, i) =>
        isBad(rows[i] ?? null) ? failedRow : row,
      );
      const scoring = isLimited ? limited : prior;
      expect(await score(scoring, [tokenised(rows)])).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test('takes a document of many windows with it where one of them fails', async () => {
    const long = Array.from({ length: 200 }, (_, i) => i);
    const bad = long.with(150, unknownToken);
    const rows = await score(prior, [tokenised([long, bad, [1, 2, 3]])]);
    const expected = await score(prior, [tokenised([long, [1, 2, 3]])]);
    expect(rows).toEqual([expected[0], failedRow, expected[1]]);
  });
});

describe('the size that was refused', () => {
  const rows = Array.from({ length: 16 }, (_, i) => [i, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

  test('is remembered: later micro-batches fit at once', async () => {
    const scoring = refusing(({ size }) => size > 3);
    const budget = microBatchBudget();
    const reports: number[] = [];
    const onHalved = ({ windows }: HalvedMicroBatch) => reports.push(windows);
    await score(scoring, [tokenised(rows)], { budget, onHalved });
    expect(reports).toEqual([16, 8, 4]);
    expect(budget.maxTokens).toBe(20);
    const before = scoring.calls;
    await score(scoring, [tokenised(rows), tokenised(rows)], { budget, onHalved });
    expect(reports).toEqual([16, 8, 4]);
    expect(scoring.calls - before).toBe(16);
  });

  test('is not blamed for a document that fails alone', async () => {
    const budget = microBatchBudget();
    const bad = rows.with(7, [1, unknownToken]);
    const [, second] = [
      await score(prior, [tokenised(bad)], { budget }),
      await score(prior, [tokenised(rows)], { budget }),
    ];
    expect(second.map(({ reason }) => reason)).toEqual(rows.map(() => null));
    expect(budget.maxTokens).toBe(Number.POSITIVE_INFINITY);
  });
});

test('costs are noted where asked for, halves and all', async () => {
  const rows = Array.from({ length: 4 }, (_, i) => [i, 1, 2, 3]);
  const scoring = refusing(({ size }) => size > 1);
  const costs = emptyTotals();
  const options = {
    noteCosts: true,
    onMicroBatch: (report: MicroBatchReport) => {
      addMicroBatch(costs, report);
    },
    onHalved: () => {
      costs.halvedMicroBatches++;
    },
  };
  const batches = [tokenised(rows), tokenised(rows)];
  const results = await collect(scoreTokens(scoring, options)(countedSource(batches).source));
  const noted = emptyTotals();
  for (const batch of results) addTotals(noted, countsOf(batch) ?? emptyTotals());
  expect(noted).toEqual(costs);
  expect(noted).toMatchObject({ microBatches: 8, halvedMicroBatches: 2 });
  const [plain] = await collect(scoreTokens(scoring)(countedSource(batches).source));
  expect(plain && countsOf(plain)).toBeUndefined();
  expect(results.map(({ metadata }) => metadata.size)).toEqual([0, 0]);
});

describe('is an error of the stream', () => {
  test('a device that takes nothing any more', async () => {
    const scoring = refusing(() => true);
    await expect(
      score(scoring, [
        tokenised([
          [1, 2],
          [3, 4],
        ]),
      ]),
    ).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: 'out of memory',
    });
  });

  test('an engine that died: nothing is tried again', async () => {
    const { maxTokens, bosTokenId, addsBos } = prior;
    let calls = 0;
    const dead = {
      ...{ maxTokens, bosTokenId, addsBos },
      score: () => {
        calls++;
        return Promise.reject(new ToeditError('ENGINE_DIED', 'ended'));
      },
    };
    await expect(
      score(dead, [
        tokenised([
          [1, 2],
          [3, 4],
        ]),
      ]),
    ).rejects.toMatchObject({
      code: 'ENGINE_DIED',
    });
    expect(calls).toBe(1);
  });

  test('a failed document where nothing can say so', async () => {
    const values = [
      [1, 2],
      [1, unknownToken],
    ];
    const batch = recordBatchOf([{ field: new Field('token_ids', tokenIdsType, true), values }]);
    await expect(score(prior, [batch])).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
  });

  test('an abort while halves are tried', async () => {
    const controller = new AbortController();
    const scoring = refusing(({ size }) => size > 1);
    const onHalved = () => {
      controller.abort();
    };
    const operator = scoreTokens(scoring, { onHalved });
    const source = countedSource([
      tokenised([
        [1, 2],
        [3, 4],
      ]),
    ]).source;
    const run = collect(operator(source, { signal: controller.signal }));
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(scoring.calls).toBe(1);
  });
});
