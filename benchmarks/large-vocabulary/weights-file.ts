import { open } from 'node:fs/promises';
import { makeExternalTensor } from '../../src/onnx/make-onnx.ts';
import { elementTypes } from '../../src/onnx/onnx-model.ts';
import { noise } from '../head/random-head.ts';
import type { ModelSize } from './write-random-model.ts';

/** The file of weights, beside the graph. */
export const dataName = 'weights';

/** Makes a tensor whose values have a place of their own in the file. */
export type MakeTensor = (name: string, shape: readonly number[]) => Uint8Array;

/** A file of weights, written once all tensors have their places. */
export interface WeightsFile {
  readonly tensor: MakeTensor;
  readonly write: (path: string) => Promise<void>;
}

/** Deals out places in a file of weights: `ones` first, then `mask`, which is causal, then noise for all others. */
export function weightsFile({ hidden, maxTokens }: ModelSize): WeightsFile {
  const start = new Float32Array(hidden + maxTokens * maxTokens);
  start.fill(1, 0, hidden);
  for (let row = 0; row < maxTokens; row++) {
    start.fill(-1e9, hidden + row * maxTokens + row + 1, hidden + (row + 1) * maxTokens);
  }
  const fixed = new Map([
    ['ones', 0],
    ['mask', hidden],
  ]);
  let end = start.length;
  const place = (count: number): number => {
    end += count;
    return end - count;
  };
  return {
    tensor: (name, shape) => {
      const count = shape.reduce((product, each) => product * each, 1);
      const at = fixed.get(name) ?? place(count);
      const header = { name, elementType: elementTypes.float, shape };
      return makeExternalTensor(header, { location: dataName, offset: 4 * at, length: 4 * count });
    },
    write: async (path) => {
      const block = noise(2 ** 24).map((value) => value * amplitude);
      const file = await open(path, 'w');
      await file.write(start);
      for (let left = end - start.length; left > 0; left -= block.length) {
        await file.write(block.subarray(0, Math.min(left, block.length)));
      }
      await file.close();
    },
  };
}

/** Of the weights: with 640 terms of a normed state, logits have a standard deviation of 0.7. */
const amplitude = 0.05;
