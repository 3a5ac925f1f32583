import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MicroBatch, MicroBatchScores } from '#toedit/src/inference/micro-batch';
import { microBatchBudget } from '#toedit/src/inference/micro-batch';
import type { PackedWindows } from '#toedit/src/inference/pack-windows';
import { scorePacks } from '#toedit/src/inference/score-packs';

/** A pack of one window, which can be told by its width. */
function packOf(width: number): PackedWindows {
  const window = { start: 0, end: width, scoredFrom: 1, tokenIds: new Int32Array(width) };
  return { width, windows: [{ ...window, document: 0 }] };
}

/** Packs that wait in `calls` until the test answers them. */
function begin(count: number, concurrency: number) {
  const calls: { width: number; settle: (failure: Error | null) => void }[] = [];
  const seen: number[] = [];
  const state = { begun: 0, handedOut: 0 };
  const score = ({ width }: MicroBatch): Promise<MicroBatchScores> =>
    new Promise((resolve, reject) => {
      state.begun++;
      const settle = (failure: Error | null): void => {
        if (failure === null) resolve({ busyMs: width } as MicroBatchScores);
        else reject(failure);
      };
      calls.push({ width, settle });
    });
  const parts = scorePacks(
    Array.from({ length: count }, (_, i) => packOf(i + 2)),
    {
      ...{ score, concurrency, budget: microBatchBudget(), onHalved: () => undefined },
      asked: { maxBatchTokens: 1000, bosTokenId: null, logThreshold: 0, topK: 1, runTokens: 0 },
      onScored: ([part]) => seen.push(part?.pack.width ?? -1),
      onHandedOut: () => {
        state.handedOut++;
        expect(state.begun).toBe(count);
      },
    },
  );
  const answer = async (at: number, failure: Error | null = null): Promise<void> => {
    calls.splice(at % Math.max(1, calls.length), 1)[0]?.settle(failure);
    await rest();
  };
  return { calls, seen, state, parts, answer };
}

function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('packs are scored', () => {
  test('the next as soon as any is through, never more than a few at once, parts in order', async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(fc.nat()),
      async (count, concurrency, order) => {
        const { calls, seen, state, parts, answer } = begin(count, concurrency);
        await rest();
        for (const at of order) {
          expect(calls).toHaveLength(Math.min(concurrency, count - seen.length));
          expect(state.handedOut).toBe(count > 0 && state.begun === count ? 1 : 0);
          if (calls.length === 0) break;
          await answer(at);
        }
        const widths = (await parts).map(({ pack }) => pack.width);
        expect(widths).toEqual(Array.from({ length: count }, (_, i) => i + 2));
        expect(seen.toSorted((a, b) => a - b)).toEqual(widths);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test('one that stands still holds no other', async () => {
    const { calls, seen, answer, parts } = begin(10, 2);
    await rest();
    while (seen.length < 9) await answer(1);
    expect(calls.map(({ width }) => width)).toEqual([2]);
    await answer(0);
    expect(await parts).toHaveLength(10);
  });

  test('a failure begins no more, and is thrown; later ones do not surface', async () => {
    const { state, answer, parts } = begin(10, 3);
    const outcome = expect(parts).rejects.toThrow('the first');
    await rest();
    await answer(1, new Error('the first'));
    await outcome;
    const { begun } = state;
    await answer(0, new Error('the second'));
    await answer(0);
    expect(state.begun).toBe(begun);
    expect(state.handedOut).toBe(0);
  });
});
