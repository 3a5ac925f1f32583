import { Tensor } from 'onnxruntime-node';
import { elementTypes } from '../onnx/onnx-model.ts';
import type { EngineOptions } from './engine-options.ts';
import type { MicroBatch } from './micro-batch.ts';

type Input = EngineOptions['inputs'][number];

/** The positions of a micro-batch that run now: those before `from` are in the past. */
export interface BodySpan {
  readonly from: number;
  readonly to: number;
}

/**
 * The inputs of the body for a micro-batch, by what the graph asks for: token ids, an attention mask of ones
 * (padding stands at the right, where a causal model never looks), positions, and an empty past.
 *
 * @param span - the positions that run; all of them where it is left out
 */
export function bodyFeeds(
  batch: MicroBatch,
  options: Pick<EngineOptions, 'inputs' | 'headSize'>,
  span: BodySpan = { from: 0, to: batch.width },
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const input of options.inputs) {
    feeds[input.name] = input.name.startsWith('past')
      ? emptyPast(input, batch.size, options.headSize)
      : feed(input, batch, span);
  }
  return feeds;
}

function feed(input: Input, batch: MicroBatch, { from, to }: BodySpan): Tensor {
  const { size, width, tokenIds } = batch;
  const shape = [size, to - from];
  const values = (value: (window: number, position: number) => number): Int32Array =>
    Int32Array.from({ length: size * (to - from) }, (_, i) =>
      value(Math.floor(i / (to - from)), from + (i % (to - from))),
    );
  switch (input.name) {
    case 'num_logits_to_keep':
      return integers(input, Int32Array.of(0), []);
    case 'attention_mask':
      return integers(input, new Int32Array(size * to).fill(1), [size, to]);
    case 'position_ids':
      return integers(
        input,
        values((_, position) => position),
        shape,
      );
    case 'token_type_ids':
      return integers(
        input,
        values(() => 0),
        shape,
      );
    default:
      return integers(
        input,
        values((window, p) => tokenIds[window * width + p] ?? 0),
        shape,
      );
  }
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
