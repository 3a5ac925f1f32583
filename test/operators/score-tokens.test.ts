import { Field, Int32, type RecordBatch, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MicroBatchReport, type Scoring, scoreTokens } from '#toedit/operators/score-tokens';
import { candidatesType, tokenIdsType, tokenLogprobsType } from '#toedit/src/columns';
import type { MicroBatch } from '#toedit/src/inference/micro-batch';
import { planWindows } from '#toedit/src/inference/pack-windows';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import { tinyGolden } from '../golden-texts.ts';
import { recordBatchOf } from '../record-batch-of.ts';
import { root } from '../sandbox.ts';
import { scoresOf, scoreTexts, type TextScores } from '../score-texts.ts';
import { collect, countedSource } from './text-batch.ts';

let prior: Prior;
beforeAll(async () => {
  prior = await loadPrior(`${root}models/tiny`);
});
afterAll(() => prior.close());

type Documents = readonly (readonly number[] | null)[];

function tokenBatch(documents: Documents): RecordBatch {
  return recordBatchOf([{ field: new Field('token_ids', tokenIdsType, true), values: documents }]);
}

async function score(
  batches: readonly RecordBatch[],
  options: Parameters<typeof scoreTokens>[1] = {},
): Promise<TextScores[]> {
  const results = await collect(scoreTokens(prior, options)(countedSource(batches).source));
  return results.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, row) => scoresOf(batch, row)),
  );
}

/** The prior, its calls counted. */
function counted(): Scoring & { readonly batches: MicroBatch[] } {
  const batches: MicroBatch[] = [];
  const { maxTokens, bosTokenId, addsBos } = prior;
  return {
    ...{ maxTokens, bosTokenId, addsBos, batches },
    score(batch) {
      batches.push(batch);
      return prior.score(batch);
    },
  };
}

/** The positions of tokens of that probability or more. */
function atLeast(logprobs: TextScores['logprobs'] | undefined, probability: number): number[] {
  const least = Math.fround(Math.log(probability));
  return (logprobs ?? []).flatMap((logprob, i) =>
    logprob !== null && logprob >= least ? [i] : [],
  );
}

const long = tinyGolden.find(({ name }) => name === 'prose-long')?.token_ids ?? [];
const documents: fc.Arbitrary<Documents> = fc.array(
  fc.option(fc.array(fc.integer({ min: 0, max: 4095 }), { maxLength: 40 }), { freq: 5 }),
  { minLength: 1, maxLength: 8 },
);

describe('scoreTokens', () => {
  test('scores a row as it does alone, whatever stands beside it', async () => {
    const options = { threshold: 0.2, maxBatchTokens: 100 };
    const property = fc.asyncProperty(documents, fc.nat(8), async (rows, cut) => {
      const batch = tokenBatch(rows);
      const alone = await Promise.all(rows.map((row) => score([tokenBatch([row])], options)));
      const together = await score([batch.slice(0, cut), batch.slice(cut)], options);
      expect(together).toEqual(alone.flat());
    });
    await fc.assert(property, { numRuns: 15 });
  });

  test('has a logprob for each token but the first, none for rows without tokens', async () => {
    const rows = [null, [], [5], [5, 9], null];
    const scores = await score([tokenBatch(rows)]);
    expect(scores.map(({ tokenIds }) => tokenIds)).toEqual(rows);
    expect(scores.map(({ logprobs }) => logprobs?.map((logprob) => logprob !== null))).toEqual([
      undefined,
      [],
      [false],
      [false, true],
      undefined,
    ]);
    expect(scores.map(({ candidates }) => candidates)).toEqual([null, [], [], [], null]);
    const withBos = await score([tokenBatch(rows)], { bos: 'always' });
    expect(withBos.map(({ logprobs }) => logprobs?.includes(null))).toEqual([
      ...[undefined, false, false, false],
      undefined,
    ]);
  });

  test('batches without rows, without tokens, or of one token alone, are not read', async () => {
    const scoring = counted();
    const batches = [tokenBatch([[]]).slice(0, 0), tokenBatch([null, []]), tokenBatch([[7]])];
    const results = await collect(scoreTokens(scoring)(countedSource(batches).source));
    expect(results.map(({ numRows }) => numRows)).toEqual([0, 2, 1]);
    expect(scoring.batches).toEqual([]);
    for (const { schema } of results) {
      expect(schema.fields.map(String)).toEqual([
        String(new Field('token_ids', tokenIdsType, true)),
        String(new Field('token_logprobs', tokenLogprobsType, true)),
        String(new Field('candidates', candidatesType, true)),
      ]);
    }
  });

  test.each([0.01, 0.5, 0.99, 1])('gives candidates to the tokens at or above %d', async (p) => {
    const [row] = await score([tokenBatch([long])], { threshold: p, topK: 3 });
    expect(row?.candidates?.map(({ position }) => position)).toEqual(atLeast(row?.logprobs, p));
    for (const { position, ids, logprobs } of row?.candidates ?? []) {
      expect(logprobs).toEqual(logprobs.toSorted((a, b) => b - a));
      const at = ids.indexOf(long[position] ?? -1);
      // A token that is more probable than all others together comes first.
      if (p > 0.5) expect(at).toBe(0);
      if (at >= 0) expect(logprobs[at]).toBe(row?.logprobs?.[position]);
    }
  });

  test('an exclusive threshold leaves out the tokens at it', async () => {
    const [row] = await score([tokenBatch([long])], { threshold: null });
    const at = row?.logprobs?.findIndex((logprob) => logprob !== null && logprob > -0.5) ?? -1;
    const logprob = row?.logprobs?.[at] ?? Number.NaN;
    // A probability whose float32 logarithm is this token's.
    const threshold = Math.exp(logprob);
    expect(Math.fround(Math.log(threshold))).toBe(logprob);
    const positions = async (inclusive: boolean) => {
      const [scores] = await score([tokenBatch([long])], { threshold, inclusive });
      return scores?.candidates?.map(({ position }) => position);
    };
    expect(await positions(true)).toContain(at);
    expect(await positions(false)).not.toContain(at);
  });

  test('the candidates for a smaller topK are the first of those for a larger one', async () => {
    const [three] = await score([tokenBatch([long])], { threshold: 0.5, topK: 3 });
    const [eight] = await score([tokenBatch([long])], { threshold: 0.5, topK: 8 });
    expect(three?.candidates?.length).toBeGreaterThan(0);
    expect(three?.candidates).toEqual(
      eight?.candidates?.map(({ position, ids, logprobs }) => ({
        position,
        ids: ids.slice(0, 3),
        logprobs: logprobs.slice(0, 3),
      })),
    );
  });

  test('without a threshold there are logprobs alone', async () => {
    const source = countedSource([tokenBatch([[1, 2]])]).source;
    const [batch] = await collect(scoreTokens(prior, { threshold: null })(source));
    expect(batch?.schema.fields.map(({ name }) => name)).toEqual(['token_ids', 'token_logprobs']);
  });

  test('says in the metadata what was scored', async () => {
    const source = countedSource([tokenBatch([[1, 2]])]).source;
    const options = { threshold: 0.9, inclusive: false, topK: 5 };
    const [batch] = await collect(scoreTokens(prior, options)(source));
    expect(Object.fromEntries(batch?.schema.fields[2]?.metadata ?? [])).toEqual({
      threshold: '0.9',
      inclusive: 'false',
      topK: '5',
    });
  });
});

describe('windows', () => {
  test.each(['never', 'always'] as const)('each is scored as by hand, BOS %s', async (bos) => {
    const reading = { windowTokens: 64, minContextTokens: 16, bos: bos === 'always' };
    const expected: (number | null)[] = reading.bos ? [] : [null];
    for (const { start, end, scoredFrom } of planWindows(long.length, reading)) {
      const before = reading.bos ? [prior.bosTokenId ?? -1] : [];
      const tokenIds = Int32Array.from([...before, ...long.slice(start, end)]);
      const spans = Int32Array.of(scoredFrom - start + before.length, tokenIds.length);
      const width = tokenIds.length;
      const asked = { logThreshold: Number.POSITIVE_INFINITY, topK: 1 };
      const { logprobs } = await prior.score({ size: 1, width, tokenIds, spans, ...asked });
      expected.push(...logprobs);
    }
    const options = { windowTokens: 64, minContextTokens: 16, bos };
    const [row] = await score([tokenBatch([long])], options);
    expect(row?.logprobs).toEqual(expected);
    expect(expected).toHaveLength(long.length);
  });

  test('a document of many windows keeps its candidates in order', async () => {
    const text = tinyGolden.map((golden) => golden.text).join('\n');
    const options = { threshold: 0.9, windowTokens: 50, minContextTokens: 10 };
    const [row] = await scoreTexts(prior, [text], options);
    expect(row?.tokenIds?.length).toBeGreaterThan(3000);
    expect(row?.candidates?.map(({ position }) => position)).toEqual(atLeast(row?.logprobs, 0.9));
  });
});

test('reports each micro-batch: tokens, padding, busy time', async () => {
  const scoring = counted();
  const reports: MicroBatchReport[] = [];
  const rows = [long.slice(0, 100), long.slice(0, 90), long.slice(0, 7), [], [3]];
  const options = {
    maxBatchTokens: 250,
    bos: 'always' as const,
    onMicroBatch: (report: MicroBatchReport) => reports.push(report),
  };
  await collect(scoreTokens(scoring, options)(countedSource([tokenBatch(rows)]).source));
  expect(scoring.batches.map(({ size, width }) => [size, width])).toEqual([
    [2, 101],
    [2, 8],
  ]);
  expect(reports.map(({ tokens, paddedTokens }) => [tokens, paddedTokens])).toEqual([
    [101 + 91, 10],
    [8 + 2, 6],
  ]);
  expect(reports.every(({ busyMs }) => busyMs > 0)).toBe(true);
});

describe('refuses', () => {
  test.each([
    [{ threshold: 0 }, 'threshold'],
    [{ threshold: 1.5 }, 'threshold'],
    [{ topK: 0 }, 'topK'],
    [{ topK: 2.5 }, 'topK'],
    [{ windowTokens: 1024 }, 'windowTokens'],
    [{ maxBatchTokens: -1 }, 'maxBatchTokens'],
  ])('%j, at once', (options, name) => {
    expect(() => scoreTokens(prior, options)).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: expect.stringContaining(name) as string,
      }),
    );
  });

  test.each(['token_logprobs', 'candidates'])('a column called %s', async (name) => {
    const batch = recordBatchOf([
      { field: new Field('token_ids', tokenIdsType, true), values: [[1]] },
      { field: new Field(name, new Int32(), true), values: [1] },
    ]);
    await expect(score([batch])).rejects.toMatchObject({ code: 'COLUMN_EXISTS' });
  });

  test('batches that were not tokenised', async () => {
    const batch = recordBatchOf([{ field: new Field('text', new Utf8(), true), values: ['a'] }]);
    await expect(score([batch])).rejects.toMatchObject({ code: 'COLUMN_MISSING' });
  });

  test('tokens that the model does not know', async () => {
    await expect(score([tokenBatch([[1, 4096]])])).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: expect.stringContaining('model.onnx') as string,
    });
  });
});

describe('stops', () => {
  const batches = Array.from({ length: 4 }, () =>
    tokenBatch(Array.from({ length: 9 }, () => long)),
  );

  test('early, and releases its source', async () => {
    const { seen, source } = countedSource(batches);
    for await (const _ of scoreTokens(prior, { windowTokens: 64 })(source)) break;
    expect(seen).toEqual({ given: 1, isReleased: true });
  });

  test('within a record batch when aborted, and releases its source', async () => {
    const { seen, source } = countedSource(batches);
    const controller = new AbortController();
    const scoring = counted();
    let reports = 0;
    const onMicroBatch = () => {
      reports++;
      controller.abort();
    };
    const operator = scoreTokens(scoring, { onMicroBatch, maxBatchTokens: 500 });
    const run = collect(operator(source, { signal: controller.signal }));
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(reports).toBe(1);
    expect(scoring.batches.length).toBeLessThanOrEqual(2);
    expect(seen).toEqual({ given: 1, isReleased: true });
  });

  test('with the failure of its source', async () => {
    const { source } = countedSource([tokenBatch([[1, 2]])], new Error('broken'));
    await expect(collect(scoreTokens(prior)(source))).rejects.toThrow('broken');
  });
});
