import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ToeditError } from '#toedit/src/errors';
import type { MicroBatch, MicroBatchScores } from '#toedit/src/inference/micro-batch';
import { chooseBatching, measurePasses, rateOf } from '#toedit/src/tuning/tune-batching';

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

describe('measurePasses', () => {
  test('doubles until larger micro-batches bring nothing', async () => {
    const { score, seen } = device(0, 0.01);
    const { passes, end } = await measurePasses({ ...settings, score });
    expect(end).toBe('level');
    expect(passes.map(({ tokens }) => tokens)).toEqual([64, 128, 256, 512, 1024, 2048]);
    expect(seen).toHaveLength(1 + 2 * passes.length);
  });

  test('takes the shorter of two times, and leaves the first pass of all out', async () => {
    const times = [99, 5, 4, 8, 9];
    const score = () => Promise.resolve(scores(times.shift() ?? 0));
    const { passes } = await measurePasses({ ...settings, score, mostTokens: 128 });
    expect(passes.map(({ milliseconds }) => milliseconds)).toEqual([4, 8]);
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

  test('keeps the device for the limit at most, but for two sizes', async () => {
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
        if (passes.length > 2) expect(spent).toBeLessThanOrEqual(limitMs + 1e-6);
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

  test('takes no less than the default where time was up', async () => {
    const measured = await measure(1, 10);
    expect(measured.end).toBe('time');
    expect(chooseBatching(measured).maxBatchTokens).toBe(1024);
  });
});
