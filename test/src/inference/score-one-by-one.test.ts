import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MicroBatch, MicroBatchScores } from '#toedit/src/inference/micro-batch';
import { scoreOneByOne } from '#toedit/src/inference/score-one-by-one';

/** Scores each scored token by its id, and selects those of even id. */
function scoresOf({ size, width, tokenIds, spans }: MicroBatch): MicroBatchScores {
  const scored: number[] = [];
  for (let window = 0; window < size; window++) {
    const row = tokenIds.subarray(window * width, (window + 1) * width);
    scored.push(...row.subarray(spans[2 * window], spans[2 * window + 1]));
  }
  const selected = [...scored.keys()].filter((at) => (scored[at] ?? 0) % 2 === 0);
  const top = selected.map((at) => scored[at] ?? 0);
  return {
    ...{ logprobs: Float32Array.from(scored), selected: Int32Array.from(selected) },
    ...{ topIds: Int32Array.from(top), topLogprobs: Float32Array.from(top), busyMs: 1 },
  };
}

const windows = fc.array(
  fc.tuple(fc.array(fc.nat(99), { minLength: 1, maxLength: 9 }), fc.nat(9)).map(([ids, from]) => ({
    ids,
    from: Math.max(1, Math.min(from, ids.length)),
  })),
  { minLength: 1, maxLength: 6 },
);

test('the same scores as together, each window alone and without padding', async () => {
  await fc.assert(
    fc.asyncProperty(windows, async (list) => {
      const width = Math.max(...list.map(({ ids }) => ids.length));
      const tokenIds = new Int32Array(list.length * width);
      list.forEach(({ ids }, window) => {
        tokenIds.set(ids, window * width);
      });
      const spans = Int32Array.from(list.flatMap(({ ids, from }) => [from, ids.length]));
      const batch = { size: list.length, width, tokenIds, spans, logThreshold: 0, topK: 1 };
      const widths: number[] = [];
      const scores = await scoreOneByOne(batch, (alone) => {
        expect(alone.size).toBe(1);
        widths.push(alone.width);
        return Promise.resolve(scoresOf(alone));
      });
      const scored = list.filter(({ ids, from }) => from < ids.length);
      expect(widths).toEqual(scored.map(({ ids }) => ids.length));
      expect(scores).toEqual({ ...scoresOf(batch), busyMs: scored.length });
    }),
  );
});
