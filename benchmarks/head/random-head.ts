import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeExternalTensor, makeNode, makeValue } from '../../src/onnx/make-onnx.ts';
import { readOnnxModel, writeOnnxModel } from '../../src/onnx/onnx-file.ts';
import { elementTypes } from '../../src/onnx/onnx-model.ts';
import { type SplitModel, splitModel } from '../../src/onnx/split-model.ts';

/** The size of a head. */
export interface HeadSize {
  readonly hidden: number;
  readonly vocabulary: number;
}

/** A head of random weights, split as models are, with its weights in a file beside it. */
export interface RandomHead extends HeadSize {
  readonly split: Extract<SplitModel, { readonly kind: 'split' }>;
  /** Paths of the graphs. */
  readonly head: string;
  readonly rows: string;
  /** `[hidden, vocabulary]`. */
  readonly weights: Float32Array;
}

/** Writes a head into a directory. */
export async function writeRandomHead(directory: string, size: HeadSize): Promise<RandomHead> {
  const weights = noise(size.hidden * size.vocabulary);
  const file = await open(join(directory, 'weights'), 'w');
  await file.writev([new Uint8Array(weights.buffer)]);
  await file.close();
  const split = splitModel(readOnnxModel(projection(size)), 'head.onnx');
  if (split.kind !== 'split' || split.rows === null) throw new Error('the head has no early exit');
  const [head, rows] = [join(directory, 'head.onnx'), join(directory, 'rows.onnx')];
  await writeFile(head, split.head);
  await writeFile(rows, split.rows);
  return { ...size, split, head, rows, weights };
}

/** Numbers between -1 and 1, the same each time. */
export function noise(count: number): Float32Array {
  const values = new Float32Array(count);
  let state = 1;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  return values;
}

function projection({ hidden, vocabulary }: HeadSize): Uint8Array {
  const product = { inputs: ['hidden_state', 'projection'], outputs: ['logits'] };
  return writeOnnxModel(
    { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', 18]]) },
    {
      nodes: [makeNode('MatMul', product)],
      initializers: [
        makeExternalTensor(
          { name: 'projection', elementType: elementTypes.float, shape: [hidden, vocabulary] },
          { location: 'weights' },
        ),
      ],
      inputs: [makeValue('hidden_state', elementTypes.float, ['batch', 'tokens', hidden])],
      outputs: [makeValue('logits', elementTypes.float, ['batch', 'tokens', vocabulary])],
    },
  );
}
