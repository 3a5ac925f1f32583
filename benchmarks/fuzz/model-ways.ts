import { createHash } from 'node:crypto';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadTokenizer } from '../../src/model/load-tokenizer.ts';
import { readModelConfig, readModelFile } from '../../src/model/read-model-files.ts';
import { splitModel } from '../../src/onnx/split-model.ts';
import type { ReadResult, Way } from './ways.ts';

const digest = (value: unknown): ReadResult => ({
  digests: [createHash('sha256').update(JSON.stringify(value)).digest('hex')],
  errors: [],
});

/** A directory that holds one file of a model. */
function inDirectory(file: string, read: (directory: string) => Promise<ReadResult>): Way {
  return async (path, directory) => {
    await mkdir(directory);
    try {
      await copyFile(path, join(directory, file));
      return await read(directory);
    } finally {
      await rm(directory, { recursive: true });
    }
  };
}

async function tokenized(directory: string): Promise<ReadResult> {
  const tokenizer = await loadTokenizer(directory, 0);
  try {
    const ids = await tokenizer.encode(['The cat sat on the mat.', ' caf\u00e9 \u{1f600}\n', '']);
    return digest([ids.map((each) => [...each]), tokenizer.bosTokenId, tokenizer.addsBos]);
  } finally {
    await tokenizer.close();
  }
}

/** Ways to read the files of a model, without a session of ONNX Runtime. */
export const modelWays: Readonly<Record<string, Way>> = {
  loadTokenizer: inDirectory('tokenizer.json', tokenized),
  readModelConfig: inDirectory('config.json', async (directory) =>
    digest(await readModelConfig(directory)),
  ),
  splitModel: async (path) => {
    const { model, locations } = await readModelFile(path);
    const { kind, body, inputs } = splitModel(model, path);
    const names = inputs.map(({ name }) => name);
    return digest([kind, Buffer.from(body).toString('hex'), names, locations]);
  },
};
