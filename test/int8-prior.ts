import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { calibrate } from '#toedit/src/quantisation/calibrate';
import { smooth } from '#toedit/src/quantisation/smooth';
import { readSourceModel } from '#toedit/src/quantisation/source-model';
import { copyModelFiles, writeQuantised } from '#toedit/src/quantisation/write-quantised';

/** What an int8 prior is made from. */
export interface Int8Recipe {
  /** A model directory. */
  readonly model: string;
  /** @defaultValue 'onnx/model.onnx' */
  readonly modelFile?: string;
  /** Tokens that calibrate it. */
  readonly tokenIds: readonly number[];
}

/** Writes a model directory with all layers in int8, smoothed by alpha 0.5. */
export async function writeInt8Prior(
  directory: string,
  { model, modelFile, tokenIds }: Int8Recipe,
): Promise<void> {
  const source = await readSourceModel(model, { modelFile });
  await mkdir(join(directory, 'onnx'), { recursive: true });
  await copyModelFiles(model, directory);
  const probes = await mkdtemp(join(directory, 'probes-'));
  const workplace = { directory: probes, threads: 0 };
  const smoothing = smooth(await calibrate(source, [Int32Array.from(tokenIds)], workplace), 0.5);
  await rm(probes, { recursive: true });
  const path = join(directory, 'onnx/model_int8.onnx');
  await writeQuantised(path, source, { smoothing, float32: new Set() }, { 'toedit.test': 'yes' });
}
