import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFields } from '#toedit/src/onnx/onnx-fields';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { root } from './sandbox.ts';

/**
 * Copies the embedded prior, with a second graph `onnx/model_coarse.onnx`: as `model.onnx`, but one layer's weights (the last
 * `down_proj`, float16) have lost the lower byte of each number.
 */
export function makeCoarserPrior(directory: string): void {
  const tiny = join(root, 'models/tiny');
  cpSync(tiny, directory, { recursive: true });
  mkdirSync(join(directory, 'onnx'), { recursive: true });
  const file = readFileSync(join(tiny, 'onnx/model.onnx'));
  const weight = readOnnxModel(file).initializers.find(({ name }) => name === lastDownProjection);
  if (weight === undefined) throw new Error(`the embedded prior has no ${lastDownProjection}`);
  for (const { number, payload } of readFields(weight.bytes)) {
    if (number !== rawData) continue;
    // A view of the file.
    for (let at = 0; at < payload.length; at += 2) payload[at] = 0;
  }
  writeFileSync(join(directory, 'onnx/model_coarse.onnx'), file);
}

const lastDownProjection = 'onnx::MatMul_1445_fp16';

/** TensorProto.raw_data. */
const rawData = 9;
