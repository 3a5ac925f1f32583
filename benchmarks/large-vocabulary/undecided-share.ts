import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { MicroBatch } from '../../src/inference/micro-batch.ts';
import { openEarlyExit } from '../../src/inference/worker/early-exit.ts';
import { readOnnxModel } from '../../src/onnx/onnx-file.ts';
import { splitModel } from '../../src/onnx/split-model.ts';

/** Which part of the rows of these micro-batches the early exit leaves to the full head. */
export async function undecidedShare(
  directory: string,
  vocabularySize: number,
  batches: readonly MicroBatch[],
): Promise<number> {
  const split = splitModel(readOnnxModel(await readFile(join(directory, 'model.onnx'))), 'model');
  if (split.kind !== 'split' || split.rows === null) throw new Error('there is no early exit');
  const body = await InferenceSession.create(await beside(directory, 'body.onnx', split.body));
  const counts = { rows: 0, left: 0 };
  let exit = null;
  for (const { size, width, tokenIds, logThreshold } of batches) {
    const ids = new Tensor('int64', BigInt64Array.from(tokenIds, BigInt), [size, width]);
    const state = (await body.run({ input_ids: ids }))[split.hidden];
    const hidden = state?.data as Float32Array;
    exit ??= await openEarlyExit({
      ...{ hidden: hidden.length / (size * width), columns: split.columns, vocabularySize },
      weightRows: await beside(directory, 'rows.onnx', split.rows),
      logitsBytes: 2 ** 26,
      openSession: (model) => InferenceSession.create(model as string),
    });
    // Each row is taken to predict the token of its own place: which one it is makes no difference to random weights.
    counts.left += (await exit.undecided({ hidden, targets: tokenIds }, logThreshold)).length;
    counts.rows += size * width;
  }
  await exit?.release();
  await body.release();
  return counts.left / counts.rows;
}

async function beside(directory: string, name: string, graph: Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, graph);
  return path;
}
