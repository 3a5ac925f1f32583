import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeNode, makeTensor, makeValue } from '#toedit/src/onnx/make-onnx';
import { readOnnxModel, writeOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes } from '#toedit/src/onnx/onnx-model';
import { findLayers } from '#toedit/src/quantisation/find-layers';
import type { SourceModel } from '#toedit/src/quantisation/source-model';

/** The middle of a language model: nodes from `rows`, one a token, to `hidden`. */
export interface HandmadeGraph {
  /** What each token stands for, `[tokens][width]`. */
  readonly table: readonly (readonly number[])[];
  readonly nodes: readonly Uint8Array[];
  readonly constants: readonly Uint8Array[];
  /** The last dimension of `hidden`. */
  readonly hidden: number;
  /** Beside `logits`. */
  readonly outputs?: readonly string[];
  /** @defaultValue 18 */
  readonly opset?: number;
}

/** The file of the whole model: the middle between a table and a head. */
export function handmadeFile(graph: HandmadeGraph): Uint8Array {
  const { table, nodes, constants, hidden, outputs = [], opset = 18 } = graph;
  const names = ['logits', ...outputs];
  return writeOnnxModel(
    { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', opset]]) },
    {
      nodes: [
        makeNode('Gather', { inputs: ['table', 'input_ids'], outputs: ['embedded'] }),
        makeNode('Flatten', { inputs: ['embedded'], outputs: ['rows'] }, { axis: 2 }),
        ...nodes,
        makeNode('MatMul', { inputs: ['hidden', 'head'], outputs: ['logits'] }),
      ],
      initializers: [
        makeTensor('table', [table.length, table[0]?.length ?? 0], Float32Array.from(table.flat())),
        makeTensor('head', [hidden, 2], new Float32Array(2 * hidden).fill(1)),
        ...constants,
      ],
      inputs: [makeValue('input_ids', elementTypes.int64, ['batch', 'tokens'])],
      outputs: names.map((name) => makeValue(name, elementTypes.float)),
    },
  );
}

/** The model, written into a directory and read as one that is to be quantised. */
export function handmadeSource(directory: string, graph: HandmadeGraph): SourceModel {
  const path = join(directory, 'model.onnx');
  const file = handmadeFile(graph);
  writeFileSync(path, file);
  const model = readOnnxModel(file);
  const place = { root: directory, directory, modelFile: 'model.onnx', path, headSize: 4 };
  return { ...place, model, ...findLayers(model, path) };
}

/** Weights between -1 and 1 that look random. */
export function waves(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * (seed + 1.37) ** 2));
}

/** A float32 matrix of {@link waves}. */
export function matrix(name: string, shape: readonly [number, number], seed: number): Uint8Array {
  return makeTensor(name, shape, waves(shape[0] * shape[1], seed));
}

/** A node of one output, called as what it makes. */
export function operation(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): Uint8Array {
  return makeNode(opType, { inputs, outputs: [output] }, attributes);
}
