import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { headNames } from '../onnx/scoring-head.ts';
import type { MicroBatch, MicroBatchScores } from './micro-batch.ts';

/** The scores of one chunk of rows; `selected` counts from the chunk's first row. */
export type HeadChunk = Pick<MicroBatchScores, 'logprobs' | 'selected' | 'topIds' | 'topLogprobs'>;

/** The inputs of the head beside the hidden state. */
export function headFeeds(targets: Int32Array, batch: MicroBatch): Record<string, Tensor> {
  const always = new Uint8Array(targets.length);
  always[0] = 1;
  const shape = [targets.length, 1];
  return {
    [headNames.targets]: new Tensor('int64', BigInt64Array.from(targets, BigInt), shape),
    [headNames.always]: new Tensor('bool', always, shape),
    [headNames.logThreshold]: new Tensor('float32', Float32Array.of(batch.logThreshold), [1]),
    [headNames.topK]: new Tensor('int64', BigInt64Array.of(BigInt(batch.topK)), [1]),
  };
}

/**
 * Reads the outputs of the head.
 *
 * @param logitsRows - rows of logits that there must be: a graph may give those
 * of the last token alone
 */
export function readChunk(
  outputs: InferenceSession.OnnxValueMapType,
  logitsRows: number,
): HeadChunk {
  const data = (name: string): unknown => (outputs[name] as Tensor).data;
  const [rows] = data(headNames.logitsShape) as BigInt64Array;
  if (Number(rows) !== logitsRows) {
    throw new Error(
      `it gives logits of ${String(rows)} tokens where ${String(logitsRows)} were read: export it with the logits of all`,
    );
  }
  return {
    logprobs: data(headNames.logprobs) as Float32Array,
    selected: Int32Array.from(data(headNames.selected) as BigInt64Array, Number),
    topIds: Int32Array.from(data(headNames.topIds) as BigInt64Array, Number),
    topLogprobs: data(headNames.topLogprobs) as Float32Array,
  };
}
