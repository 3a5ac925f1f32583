import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ToeditError } from '#toedit/src/errors';
import { defaultBatching } from '#toedit/src/inference/engine-options';
import type { MicroBatch, MicroBatchScores } from '#toedit/src/inference/micro-batch';
import {
  chooseBatching,
  isNoisy,
  type MeasuredPass,
  measurePasses,
  middleOf,
  rateOf,
} from '#toedit/src/tuning/tune-batching';

const empty = new Int32Array();
const none = { logprobs: new Float32Array(), topLogprobs: new Float32Array() };
const scores = (busyMs: number): MicroBatchScores => ({
  ...{ ...none, selected: empty, topIds: empty, busyMs },
});

/** A device on which a pass takes `fixedMs` and so much a token; it notes what it was given. */
function device(fixedMs: number, tokenMs: number, refusedFrom = Number.POSITIVE_INFINITY) {
  const seen: MicroBatch[] = [];
  const score = (batch: MicroBatch) => {
    seen.push(batch);
    const tokens = batch.size * batch.width;
    if (tokens >= refusedFrom)
      return Promise.reject(new ToeditError('INFERENCE_FAILED', 'out of memory'));
    return Promise.resolve(scores(fixedMs + tokens * tokenMs));
  };
  return { seen, score };
}

const tokenIds = Int32Array.from({ length: 100 }, (_, i) => i + 1);
const settings = { tokenIds, windowTokens: 64, mostTokens: 16_384 };

/** Short passes go on for 50 ms: so long may ten sizes take in three rounds, whatever the limit. */
const longestSamples = 3 * 10 * 100;

describe('measurePasses', () => {
  test('doubles until larger micro-batches bring nothing; then come rounds of all sizes', async () => {
    const { score, seen } = device(10, 0.01);
    const level = { ...settings, score: device(0, 0.01).score };
    expect((await measurePasses(level)).end).toBe('level');
    const { passes, end } = await measurePasses({ ...settings, score, mostTokens: 512 });
    expect(end).toBe('largest');
    expect(passes.map(({ tokens }) => tokens)).toEqual([64, 128, 256, 512]);
    // So many passes of a size take 50 ms.
    const round = [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8];
    expect(seen.map(({ size }) => size)).toEqual([
      1,
      ...Array.from({ length: 9 }, () => round).flat(),
    ]);
  });

  test('what disturbs the machine for two of nine rounds changes nothing', async () => {
    const property = fc.asyncProperty(
      fc.nat(8),
      fc.double({ min: 1, max: 50, noNaN: true }),
      async (from, factor) => {
        const bounds = { mostTokens: 512, limitMs: 1e6 };
        let calls = 0;
        const tokens = [64, 128, 256, 512];
        const score = ({ size, width }: MicroBatch) => {
          // The first pass of all is left out; a pass is a sample here, and four are a round.
          const round = Math.floor((calls++ - 1) / tokens.length);
          const isDisturbed = round >= from && round < from + 2;
          return Promise.resolve(scores((30 + size * width) * (isDisturbed ? factor : 1)));
        };
        const { passes } = await measurePasses({ ...settings, ...bounds, score });
        expect(passes).toEqual(
          tokens.map((count) => ({ tokens: count, milliseconds: 30 + count, spread: 0 })),
        );
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test('median and spread of the middle half', () => {
    expect(middleOf([5, 1, 100, 4, 6])).toEqual({ milliseconds: 5, spread: 0.4 });
    expect(middleOf([1, 3, 2])).toEqual({ milliseconds: 2, spread: 1 });
    const times = fc.array(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(times, (list) => {
        const { milliseconds, spread } = middleOf(list);
        const below = list.filter((time) => time <= milliseconds * (1 + 1e-9)).length;
        const above = list.filter((time) => time >= milliseconds * (1 - 1e-9)).length;
        expect(Math.min(below, above)).toBeGreaterThanOrEqual(list.length / 2);
        expect(spread).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('gives whole windows of the text, again and again', async () => {
    const { score, seen } = device(1, 1);
    await measurePasses({ ...settings, score, windowTokens: 8, mostTokens: 128 });
    for (const { size, width, tokenIds: given, spans } of seen) {
      expect(given).toHaveLength(size * width);
      expect([...given]).toEqual(Array.from(given, (_, i) => 1 + (i % 100)));
      expect([...spans.subarray(0, 2)]).toEqual([1, 8]);
      expect(spans).toHaveLength(2 * size);
    }
  });

  test.each([64, 128, 1024])('ends where the device refuses %i tokens', async (refusedFrom) => {
    const { score } = device(100, 0.01, refusedFrom);
    const measured = measurePasses({ ...settings, score });
    if (refusedFrom === 64) await expect(measured).rejects.toThrow('out of memory');
    else {
      const { passes, end } = await measured;
      expect(end).toBe('refused');
      expect(passes.at(-1)?.tokens).toBe(refusedFrom / 2);
    }
  });

  test('does not take a dead engine for a refusal', async () => {
    const score = ({ size }: MicroBatch) =>
      size < 4
        ? Promise.resolve(scores(1))
        : Promise.reject(new ToeditError('ENGINE_DIED', 'gone'));
    await expect(measurePasses({ ...settings, score })).rejects.toMatchObject({
      code: 'ENGINE_DIED',
    });
  });

  test('keeps the device for the limit at most, but for three rounds of two sizes', async () => {
    const costs = [
      fc.double({ min: 0, max: 99, noNaN: true }),
      fc.double({ min: 1e-3, max: 9, noNaN: true }),
    ];
    await fc.assert(
      fc.asyncProperty(...(costs as [fc.Arbitrary<number>, fc.Arbitrary<number>]), async (a, b) => {
        let spent = 0;
        const { score } = device(a, b);
        const counted = async (batch: MicroBatch) => {
          const result = await score(batch);
          spent += result.busyMs;
          return result;
        };
        const limitMs = 500;
        const { passes, end } = await measurePasses({ ...settings, score: counted, limitMs });
        const round = passes.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
        const most = passes.length > 2 ? limitMs + longestSamples : 4 * round + longestSamples;
        expect(spent).toBeLessThanOrEqual(most);
        expect(passes.length).toBeGreaterThanOrEqual(2);
        if (end === 'largest') expect(passes.at(-1)?.tokens).toBe(16_384);
      }),
    );
  });
});

describe('chooseBatching', () => {
  const measure = async (fixedMs: number, tokenMs: number) =>
    measurePasses({ ...settings, score: device(fixedMs, tokenMs).score });

  test('finds the fixed cost of a pass', async () => {
    for (const fixed of [0, 20, 64, 150]) {
      const { runTokens } = chooseBatching(await measure(fixed * 0.01, 0.01));
      expect(runTokens / (fixed || 1)).toBeLessThanOrEqual(1);
      expect(runTokens).toBeGreaterThanOrEqual(0.85 * fixed);
    }
  });

  test('takes the smallest within 2 % of the best', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 500 }), async (fixed) => {
        const measured = await measure(fixed * 0.001, 0.001);
        const { maxBatchTokens } = chooseBatching(measured);
        const best = Math.max(...measured.passes.map(rateOf));
        for (const pass of measured.passes) {
          const isGood = rateOf(pass) >= 0.98 * best;
          if (pass.tokens === maxBatchTokens) expect(isGood).toBe(true);
          if (pass.tokens < maxBatchTokens) expect(isGood).toBe(false);
        }
      }),
    );
  });

  test('takes the default where times are noisy, whatever they are', () => {
    const size = fc.integer({ min: 1, max: 4096 });
    const time = fc.double({ min: 0.1, max: 1e3, noNaN: true });
    const spread = fc.double({ min: 0, max: 1, noNaN: true });
    const pass = fc.record({ tokens: size, milliseconds: time, spread });
    fc.assert(
      fc.property(fc.array(pass, { minLength: 1 }), fc.nat(), (passes: MeasuredPass[], at) => {
        const noisy = passes.map((each, i) =>
          i === at % passes.length ? { ...each, spread: 0.5 } : each,
        );
        expect(isNoisy(noisy)).toBe(true);
        expect(chooseBatching({ passes: noisy, end: 'level' })).toEqual(defaultBatching);
        expect(isNoisy(passes.map((each) => ({ ...each, spread: 0.01 })))).toBe(false);
      }),
    );
  });

  test('takes no less than the default where time was up', async () => {
    const measured = await measure(1, 10);
    expect(measured.end).toBe('time');
    expect(chooseBatching(measured).maxBatchTokens).toBe(1024);
  });
});
