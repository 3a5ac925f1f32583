import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { MicroBatch } from '../../src/inference/micro-batch.ts';

/** A plain forward pass to `logits`, as a user of ONNX Runtime would write it: default settings, logits fetched. */
export interface RawForward {
  run(batches: readonly MicroBatch[]): Promise<void>;
  release(): Promise<void>;
}

export async function openRawForward(directory: string, modelFile: string): Promise<RawForward> {
  const session = await InferenceSession.create(join(directory, modelFile));
  return {
    async run(batches) {
      for (const batch of batches) await session.run(feedsOf(session, batch), ['logits']);
    },
    release: () => session.release(),
  };
}

function feedsOf(session: InferenceSession, batch: MicroBatch): Record<string, Tensor> {
  const { size, width, tokenIds } = batch;
  const integers = (value: (token: number, i: number) => number) =>
    new Tensor('int64', BigInt64Array.from(tokenIds.map(value), BigInt), [size, width]);
  const feeds: Record<string, Tensor> = {};
  for (const name of session.inputNames) {
    if (name === 'input_ids') feeds[name] = integers((token) => token);
    else if (name === 'attention_mask') feeds[name] = integers(() => 1);
    else if (name === 'position_ids') feeds[name] = integers((_, i) => i % width);
    else feeds[name] = new Tensor('float32', new Float32Array(0), [size, heads, 0, headSize]);
  }
  return feeds;
}

const heads = 3;
const headSize = 64;
