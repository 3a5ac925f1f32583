import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { headNames } from '#toedit/src/onnx/scoring-head';
import { splitModel } from '#toedit/src/onnx/split-model';
import { projectionModelFile } from '../inference/projection-model.ts';

const [vocabulary, hidden] = [80, 6];
const noise = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => 2 * Math.sin(seed + 7 * i * i));
const model = readOnnxModel(
  projectionModelFile({
    ...{ vocabulary, hidden, transposes: false },
    embedding: noise(vocabulary * hidden, 1),
    weights: noise(vocabulary * hidden, 2),
  }),
);

async function openHead(gathersStates: boolean) {
  const split = splitModel(model, 'model.onnx', { gathersStates });
  if (split.kind !== 'split') throw new Error(split.reason);
  const session = await InferenceSession.create(split.head, { intraOpNumThreads: 1 });
  return { session, hidden: split.hidden };
}

function otherFeeds(targets: readonly number[]): Record<string, Tensor> {
  const shape = [targets.length, 1];
  return {
    [headNames.targets]: new Tensor('int64', BigInt64Array.from(targets, BigInt), shape),
    [headNames.always]: new Tensor('bool', new Uint8Array(targets.length).fill(1), shape),
    [headNames.logThreshold]: new Tensor('float32', Float32Array.of(-2), [1]),
    [headNames.topK]: new Tensor('int64', BigInt64Array.of(3n), [1]),
  };
}

async function scoresOf(
  session: InferenceSession,
  feeds: Record<string, Tensor>,
): Promise<Record<string, unknown>> {
  const outputs = Object.entries(await session.run(feeds));
  return Object.fromEntries(outputs.map(([name, value]) => [name, value.data]));
}

test('a head that gathers rows itself scores them as one that is given them', async () => {
  const [gathering, given] = [await openHead(true), await openHead(false)];
  const cases = fc.integer({ min: 1, max: 4 }).chain((windows) =>
    fc.record({
      windows: fc.constant(windows),
      asked: fc.array(fc.tuple(fc.nat(windows * 9 - 1), fc.nat(vocabulary - 1)), { minLength: 1 }),
      seed: fc.nat(),
    }),
  );
  const property = fc.asyncProperty(cases, async ({ windows, asked, seed }) => {
    const states = noise(windows * 9 * hidden, seed);
    const rows = asked.map(([row]) => row);
    const targets = asked.map(([, target]) => target);
    const taken = rows.flatMap((row) => [...states.subarray(row * hidden, (row + 1) * hidden)]);
    const others = otherFeeds(targets);
    const scores = await scoresOf(gathering.session, {
      ...others,
      [headNames.states]: new Tensor('float32', states, [windows, 9, hidden]),
      [headNames.rows]: new Tensor('int64', BigInt64Array.from(rows, BigInt), [rows.length]),
    });
    const shape = [1, rows.length, hidden];
    const expected = await scoresOf(given.session, {
      ...others,
      [given.hidden]: new Tensor('float32', Float32Array.from(taken), shape),
    });
    expect(scores).toEqual(expected);
  });
  try {
    await fc.assert(property, { numRuns: 50 });
  } finally {
    await gathering.session.release();
    await given.session.release();
  }
});
