import fc from 'fast-check';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import type { EngineOptions } from '#toedit/src/inference/engine-options';
import type { MicroBatch, MicroBatchScores } from '#toedit/src/inference/micro-batch';
import { openEarlyExit } from '#toedit/src/inference/worker/early-exit';
import { openBody } from '#toedit/src/inference/worker/open-body';
import { omissionDistance, omitLogprobs } from '#toedit/src/inference/worker/rejection-rule';
import type { SplitSessions } from '#toedit/src/inference/worker/score-micro-batch';
import { scoreMicroBatch } from '#toedit/src/inference/worker/score-micro-batch';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { splitModel } from '#toedit/src/onnx/split-model';
import { type ProjectionModel, projectionModelFile } from './projection-model.ts';

const topK = 3;

/** Scores micro-batches of a model, with an early exit over so many tokens of its vocabulary. */
async function openModel(model: ProjectionModel, subsetSize: number) {
  const split = splitModel(readOnnxModel(projectionModelFile(model)), 'model.onnx');
  if (split.kind !== 'split' || split.rows === null) throw new Error('it has no early exit');
  const { rows, columns, hidden, inputs } = split;
  const open = (file: string | Uint8Array) =>
    InferenceSession.create(file as Uint8Array, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const exit = await openEarlyExit({
    ...{ weightRows: rows, columns, hidden: model.hidden, vocabularySize: model.vocabulary },
    ...{ subsetSize, logitsBytes: 2 ** 20, openSession: open },
  });
  let rejected = 0;
  const options: EngineOptions = {
    ...{ device: 'cpu', threads: 1, headSize: 4, logitsBytes: 2 ** 20, hidden, inputs },
    ...{ pasts: [], windowsApart: false },
    ...{ body: split.body, head: split.head, earlyExit: { weightRows: rows, columns } },
    vocabularySize: model.vocabulary,
  };
  const body = openBody(await open(split.body), options);
  const head = await open(split.head);
  const full: SplitSessions = { body, head, earlyExit: null };
  const sessions: SplitSessions = {
    ...full,
    earlyExit: () =>
      Promise.resolve({
        ...exit,
        async undecided(rows, logThreshold) {
          const left = await exit.undecided(rows, logThreshold);
          rejected += rows.targets.length - left.length;
          return left;
        },
      }),
  };
  return {
    score: (batch: MicroBatch) => scoreMicroBatch(sessions, batch, options),
    scoreWithoutExit: (batch: MicroBatch) => scoreMicroBatch(full, batch, options),
    /** Rows that the early exit has rejected so far. */
    rejected: () => rejected,
    async close() {
      await Promise.all([body.release(), head.release(), exit.release()]);
    },
  };
}

function batchOf(tokenIds: Int32Array, logThreshold: number): MicroBatch {
  const { length } = tokenIds;
  return { size: 1, width: length, tokenIds, spans: Int32Array.of(1, length), logThreshold, topK };
}

/** What must be the same to the bit, whatever was rejected. */
function scoresAlone(scores: MicroBatchScores): MicroBatchScores {
  return { ...scores, busyMs: 0 };
}

/** The scores without those that are to be omitted. */
function omitted(all: MicroBatchScores, logThreshold: number): MicroBatchScores {
  const logprobs = all.logprobs.slice();
  omitLogprobs(logprobs, logThreshold);
  return { ...all, logprobs };
}

/** The token with the greatest logit behind another. */
function mostProbableAfter(model: ProjectionModel, token: number): number {
  const { vocabulary, hidden, embedding, weights } = model;
  const logits = Array.from({ length: vocabulary }, (_, next) => {
    let sum = 0;
    for (let i = 0; i < hidden; i++) {
      sum += (embedding[token * hidden + i] ?? 0) * (weights[next * hidden + i] ?? 0);
    }
    return sum;
  });
  return logits.indexOf(Math.max(...logits));
}

const unitNumber = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 1e-30) },
);
const scale = fc.constantFrom(1e-20, 0.1, 1, 3, 10, 100, 1e3, 1e4, 1e8, 1e15, 1e18);

const models: fc.Arbitrary<ProjectionModel> = fc
  .record({
    vocabulary: fc.integer({ min: 2, max: 40 }),
    hidden: fc.integer({ min: 1, max: 12 }),
    tied: fc.boolean(),
    repeats: fc.boolean(),
  })
  .chain(({ vocabulary, hidden, tied, repeats }) => {
    const matrix = (scales: fc.Arbitrary<number>) =>
      fc
        .tuple(scales, fc.array(unitNumber, { minLength: 12 * 40, maxLength: 12 * 40 }))
        .map(([by, values]) =>
          Float32Array.from(values.slice(0, vocabulary * hidden), (v) => v * by),
        );
    return fc
      .record({
        vocabulary: fc.constant(vocabulary),
        hidden: fc.constant(hidden),
        transposes: fc.boolean(),
        ...(tied
          ? { embedding: matrix(scale) }
          : { embedding: matrix(scale), other: matrix(scale) }),
      })
      .map((made) => {
        const weights = ('other' in made ? made.other : made.embedding) as Float32Array;
        // Tokens with the same weights are equally probable.
        if (repeats) weights.copyWithin(hidden * (vocabulary >> 1), 0, hidden * (vocabulary >> 1));
        return { ...made, weights };
      });
  });

const cases = fc.record({
  model: models,
  steps: fc.array(fc.option(fc.nat(39), { freq: 2 }), { minLength: 1, maxLength: 40 }),
  subsetShare: fc.constantFrom(0, 0.1, 0.5, 1),
  threshold: fc.oneof(
    fc.constantFrom(0.99, 0.5, 1, 0.01).map((p) => ({ logThreshold: Math.fround(Math.log(p)) })),
    // Thresholds that the early exit has nothing to say about, and one that no logprob reaches.
    fc.constantFrom(-17, -100, Number.POSITIVE_INFINITY).map((logThreshold) => ({ logThreshold })),
    fc.record({
      row: fc.nat(39),
      ulps: fc.integer({ min: -1, max: 1 }),
      // A logprob at the threshold, or at the line that is drawn below it.
      distance: fc.constantFrom(0, omissionDistance),
    }),
  ),
});

/** A text in which null stands for the most probable token. */
function textOf(model: ProjectionModel, steps: readonly (number | null)[]): Int32Array {
  const tokens = [0];
  for (const step of steps) {
    const next = step ?? mostProbableAfter(model, tokens.at(-1) ?? 0);
    tokens.push(next % model.vocabulary);
  }
  return Int32Array.from(tokens);
}

/** A threshold that a logprob is below by so many nats, about. */
function thresholdAbove(
  logprob: number,
  { ulps, distance }: { readonly ulps: number; readonly distance: number },
): number {
  const bits = new Int32Array(Float32Array.of(logprob + distance).buffer);
  bits[0] = (bits[0] ?? 0) - ulps;
  return Math.min(0, new Float32Array(bits.buffer)[0] ?? 0);
}

describe('early exit', () => {
  test('decides as the full head does, whatever the weights', async () => {
    let rejected = 0;
    const property = fc.asyncProperty(cases, async ({ model, steps, subsetShare, threshold }) => {
      const tokenIds = textOf(model, steps);
      const subsetSize = Math.max(1, Math.round(subsetShare * model.vocabulary));
      const opened = await openModel(model, subsetSize);
      try {
        const full = await opened.score(batchOf(tokenIds, 0)).catch(() => null);
        // Logits beyond float32: the full head refuses the text.
        if (full === null) return;
        const limit =
          'row' in threshold
            ? thresholdAbove(full.logprobs[threshold.row % steps.length] ?? 0, threshold)
            : threshold.logThreshold;
        const batch = batchOf(tokenIds, limit);
        const expected = scoresAlone(omitted(await opened.score(batch), limit));
        const eligible = { ...batch, scores: 'eligible' } as const;
        for (let round = 0; round < 2; round++) {
          expect(scoresAlone(await opened.score(eligible))).toEqual(expected);
        }
        expect(scoresAlone(await opened.scoreWithoutExit(eligible))).toEqual(expected);
        rejected += opened.rejected();
      } finally {
        await opened.close();
      }
    });
    await fc.assert(property, { numRuns: 150 });
    expect(rejected).toBeGreaterThan(150);
  }, 240_000);
});
