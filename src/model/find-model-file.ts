import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelInvalid } from './model-invalid.ts';

/**
 * The graph of a model directory, as a path relative to it: the one asked for, else `onnx/model.onnx` or `model.onnx`.
 *
 * @throws ToeditError MODEL_INVALID naming the files looked for.
 */
export async function findModelFile(directory: string, modelFile?: string): Promise<string> {
  const choices = modelFile === undefined ? ['onnx/model.onnx', 'model.onnx'] : [modelFile];
  for (const choice of choices) {
    const found = await stat(join(directory, choice)).catch(() => null);
    if (found?.isFile() === true) return choice;
  }
  throw modelInvalid(
    directory,
    `it holds no ${choices.join(' or ')}. Name a directory in Hugging Face layout, or its graph with --model-file.`,
  );
}
