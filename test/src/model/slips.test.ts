import { basename, dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readModelConfig } from '#toedit/src/model/read-model-files';
import { root } from '../../sandbox.ts';

test('a graph in place of its directory: the error says how to give both', async () => {
  const path = `${root}models/tiny/onnx/model.onnx`;
  await expect(readModelConfig(path)).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(
      /--model .*models\/tiny --model-file onnx\/model\.onnx /,
    ) as string,
  });
});

const name = 'SomeOrg/some-model-1.5B';

test.each([
  name,
  `https://huggingface.co/${name}`,
  `https://huggingface.co/${name}/tree/main`,
  `hf.co/${name}`,
  `hf:${name}`,
  `hf://${name}`,
])('%s is on the hub: the error says how to get it', async (path) => {
  await expect(readModelConfig(resolve(path))).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(
      /there is no such directory\. If .* hub is meant, give --model hf:\/\/SomeOrg\/some-model-1\.5B\./,
    ) as string,
  });
});

test.each([
  ['gpt2', /there is no such directory: give one .* OWNER\/NAME/],
  ['../gpt2', /there is no such directory: give one/],
  ['a/b/c/d', /there is no such directory: give one/],
  ['nothing.onnx', /there is no such file: .* --model-file/],
  [`${root}package.json/a/b`, /there is no such directory: give one/],
])('%s is not there, and no name on the hub', async (path, message) => {
  await expect(readModelConfig(resolve(path))).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(message) as string,
  });
});

test('a directory that is there is read', async () => {
  const directory = `${root}models/tiny`;
  expect(basename(dirname(directory))).toBe('models');
  expect((await readModelConfig(directory)).maxTokens).toBeGreaterThan(0);
});
