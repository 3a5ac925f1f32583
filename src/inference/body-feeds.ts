import { Tensor } from 'onnxruntime-node';
import { elementTypes } from '../onnx/onnx-model.ts';
import type { EngineOptions } from './engine-options.ts';
import type { MicroBatch } from './micro-batch.ts';

type Input = EngineOptions['inputs'][number];

/**
 * The inputs of the body for one micro-batch, by what the graph asks for: token ids, an attention mask of ones
 * (padding stands at the right, where a causal model never looks), positions from 0, and an empty past.
 *
 * @throws Error naming an input that is none of these.
 */
export function bodyFeeds(batch: MicroBatch, options: EngineOptions): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const input of options.inputs) feeds[input.name] = feed(input, batch, options);
  return feeds;
}

function feed(input: Input, batch: MicroBatch, options: EngineOptions): Tensor {
  const { size, width, tokenIds } = batch;
  const shape = [size, width];
  if (input.name === 'input_ids') return integers(input, tokenIds, shape);
  if (input.name === 'attention_mask')
    return integers(
      input,
      tokenIds.map(() => 1),
      shape,
    );
  if (input.name === 'position_ids')
    return integers(
      input,
      tokenIds.map((_, i) => i % width),
      shape,
    );
  if (input.name === 'token_type_ids')
    return integers(
      input,
      tokenIds.map(() => 0),
      shape,
    );
  if (input.name === 'num_logits_to_keep') return integers(input, Int32Array.of(0), []);
  if (input.name.startsWith('past')) return emptyPast(input, size, options.headSize);
  throw new Error(`the model asks for an input that toedit does not know: ${input.name}`);
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
