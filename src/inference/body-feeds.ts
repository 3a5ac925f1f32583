import { Tensor } from 'onnxruntime-node';
import { elementTypes } from '../onnx/onnx-model.ts';
import type { EngineOptions } from './engine-options.ts';
import type { MicroBatch } from './micro-batch.ts';

type Input = EngineOptions['inputs'][number];

/**
 * The inputs of the body for one micro-batch, by what the graph asks for: token ids, an attention mask of ones
 * (padding stands at the right, where a causal model never looks), positions from 0, and an empty past.
 */
export function bodyFeeds(batch: MicroBatch, options: EngineOptions): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const input of options.inputs) feeds[input.name] = feed(input, batch, options);
  return feeds;
}

function feed(input: Input, batch: MicroBatch, options: EngineOptions): Tensor {
  const { size, width, tokenIds } = batch;
  if (input.name.startsWith('past')) return emptyPast(input, size, options.headSize);
  if (input.name === 'num_logits_to_keep') return integers(input, Int32Array.of(0), []);
  return integers(input, valuesOf(input.name, tokenIds, width), [size, width]);
}

function valuesOf(name: string, tokenIds: Int32Array, width: number): Int32Array {
  if (name === 'attention_mask') return new Int32Array(tokenIds.length).fill(1);
  if (name === 'position_ids') return tokenIds.map((_, i) => i % width);
  if (name === 'token_type_ids') return new Int32Array(tokenIds.length);
  return tokenIds;
}

function integers(input: Input, values: Int32Array, shape: readonly number[]): Tensor {
  if (input.elementType === elementTypes.int32) return new Tensor('int32', values, shape);
  return new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
}

/** `[batch, heads, 0, headSize]`: the graph's fixed dimensions, the batch size first, the last one where it is open. */
function emptyPast(input: Input, size: number, headSize: number): Tensor {
  const last = input.shape.length - 1;
  const shape = input.shape.map((dimension, axis) => {
    if (axis === 0) return size;
    if (typeof dimension === 'number') return dimension;
    return axis === last ? headSize : 0;
  });
  if (input.elementType === elementTypes.float16) {
    return new Tensor('float16', new Uint16Array(0), shape);
  }
  return new Tensor('float32', new Float32Array(0), shape);
}
