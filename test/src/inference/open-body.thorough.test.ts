import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MicroBatch } from '#toedit/src/inference/micro-batch';
import { type BodyOptions, openBody } from '#toedit/src/inference/worker/open-body';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { splitModel } from '#toedit/src/onnx/split-model';
import { root } from '../../sandbox.ts';

const path = `${root}models/tiny/onnx/model.onnx`;
const split = splitModel(readOnnxModel(readFileSync(path)), path);
const options: BodyOptions = {
  device: 'cpu',
  hidden: split.kind === 'split' ? split.hidden : null,
  inputs: split.inputs,
  headSize: 64,
  pasts: split.kind === 'split' ? split.pasts : [],
};

/** The session, and how many tokens of each window its passes took. */
let session: InferenceSession;
let passes: number[] = [];
const counted = {
  run: (feeds: Record<string, Tensor>, fetches: string[]) => {
    passes.push(feeds['input_ids']?.dims[1] ?? 0);
    return session.run(feeds, fetches);
  },
  release: () => Promise.resolve(),
} as unknown as InferenceSession;

beforeAll(async () => {
  session = await InferenceSession.create(split.body, {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
});
afterAll(() => session.release());

interface Size {
  readonly size: number;
  readonly width: number;
}

function batchOf(size: number, width: number): MicroBatch {
  const tokenIds = Int32Array.from({ length: size * width }, (_, i) => (i * 2654435761) % 4096);
  const spans = Int32Array.from({ length: 2 * size }, (_, i) => (i % 2 === 0 ? 1 : width));
  return { size, width, tokenIds, spans, logThreshold: 0, topK: 8 };
}

function bitsOf({ data }: Tensor): Buffer {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}

test('the embedded prior has a past for each layer', () => {
  expect(options.pasts).toHaveLength(8);
  expect(options.pasts[0]).toEqual({ past: 'past_key_values.0.key', present: 'present.0.key' });
});

/** Windows a little longer than their pieces: a piece of one token alone rounds otherwise. */
const shortRests = [1, 2, 15, 16, 17].map((rest): [Size] => [{ size: 4, width: 256 + rest }]);

test('a window has the same hidden state to the bit whether it runs whole or in pieces', async () => {
  const whole = openBody(counted, { ...options, pasts: [] });
  const inPieces = openBody(counted, options);
  const sizes: fc.Arbitrary<Size> = fc.record({
    size: fc.integer({ min: 1, max: 4 }),
    width: fc.integer({ min: 2, max: 512 }),
  });
  let cut = 0;
  await fc.assert(
    fc.asyncProperty(sizes, async ({ size, width }) => {
      const batch = batchOf(size, width);
      const expected = await whole.hidden(batch);
      passes = [];
      const state = await inPieces.hidden(batch);
      if (passes.at(-1) !== width) cut++;
      expect(state.dims).toEqual(expected.dims);
      expect(bitsOf(state).equals(bitsOf(expected))).toBe(true);
    }),
    { numRuns: 20, examples: shortRests },
  );
  expect(cut).toBeGreaterThan(2);
});

test('pieces are of 128 tokens at least, and of 512 tokens together', async () => {
  const body = openBody(counted, options);
  await body.hidden(batchOf(4, 300));
  passes = [];
  await body.hidden(batchOf(4, 300));
  expect(passes).toEqual([128, 128, 44]);
  passes = [];
  await body.hidden(batchOf(2, 500));
  expect(passes).toEqual([256, 244]);
  passes = [];
  await body.hidden(batchOf(1, 512));
  expect(passes).toEqual([512]);
});

test('a graph whose past does not give the same bits runs windows whole', async () => {
  const swapped = options.pasts.map(({ past }, i) => {
    const present = options.pasts[(i + 2) % options.pasts.length]?.present ?? '';
    return { past, present };
  });
  const batch = batchOf(4, 300);
  const expected = await openBody(counted, { ...options, pasts: [] }).hidden(batch);
  const body = openBody(counted, { ...options, pasts: swapped });
  expect(bitsOf(await body.hidden(batch)).equals(bitsOf(expected))).toBe(true);
  passes = [];
  await body.hidden(batch);
  expect(passes).toEqual([300]);
});

test('no other device than the CPU runs windows in pieces', async () => {
  passes = [];
  await openBody(counted, { ...options, device: 'webgpu' }).hidden(batchOf(4, 300));
  expect(passes).toEqual([300]);
});
