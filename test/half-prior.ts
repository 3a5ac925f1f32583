import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPasts } from '#toedit/src/onnx/find-cut';
import { makeNode, makeValue } from '#toedit/src/onnx/make-onnx';
import { renameValues } from '#toedit/src/onnx/onnx-fields';
import { readNode, readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { elementTypes, type OnnxModel, type OnnxValue } from '#toedit/src/onnx/onnx-model';
import { onnxFileOf } from './onnx-file-of.ts';
import { root } from './sandbox.ts';

const { float, float16 } = elementTypes;

/**
 * Copies the embedded prior, with a second graph `onnx/model_fp16.onnx`: as `model.onnx`, but keys and values enter and leave it as
 * float16, as they do in graphs of that precision.
 */
export function makeHalfPrior(directory: string): void {
  const tiny = join(root, 'models/tiny');
  cpSync(tiny, directory, { recursive: true });
  mkdirSync(join(directory, 'onnx'), { recursive: true });
  const model = readOnnxModel(readFileSync(join(tiny, 'onnx/model.onnx')));
  writeFileSync(join(directory, 'onnx/model_fp16.onnx'), onnxFileOf(withHalfStates(model)));
}

function withHalfStates(model: OnnxModel): OnnxModel {
  const pasts = findPasts(model);
  const wide = new Map(
    pasts.flatMap(({ past, present }) => [past, present]).map((name) => [name, `${name}/wide`]),
  );
  const cast = (from: string, to: string, type: number) =>
    readNode(makeNode('Cast', { inputs: [from], outputs: [to] }, { to: type }));
  const half = (value: OnnxValue): OnnxValue =>
    wide.has(value.name)
      ? { ...value, elementType: float16, bytes: makeValue(value.name, float16, value.shape) }
      : value;
  return {
    ...model,
    inputs: model.inputs.map(half),
    outputs: model.outputs.map(half),
    nodes: [
      ...pasts.map(({ past }) => cast(past, `${past}/wide`, float)),
      ...model.nodes.map((node) => renameValues(node, wide)),
      ...pasts.map(({ present }) => cast(`${present}/wide`, present, float16)),
    ],
  };
}
