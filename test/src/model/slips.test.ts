import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { readModelConfig } from '#toedit/src/model/read-model-files';
import { root } from '../../sandbox.ts';

test('a graph in place of its directory: the error says how to give both', async () => {
  const path = `${root}models/tiny/onnx/model.onnx`;
  await expect(readModelConfig(path)).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(
      /--model .*models\/tiny --model-file onnx\/model\.onnx$/,
    ) as string,
  });
});

test('a name on the hub: the error says how to get it', async () => {
  await expect(readModelConfig('SomeOrg/some-model-1.5B')).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(
      /hf download SomeOrg\/some-model-1\.5B .* --local-dir models\/some-model-1\.5B; then give --model/,
    ) as string,
  });
});

test('a directory that is there is read', async () => {
  const directory = `${root}models/tiny`;
  expect(basename(dirname(directory))).toBe('models');
  expect((await readModelConfig(directory)).maxTokens).toBeGreaterThan(0);
});
