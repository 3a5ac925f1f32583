import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifyPrior } from '#toedit/src/model/identify-prior';
import { loadPrior } from '#toedit/src/model/load-prior';
import { readModelConfig } from '#toedit/src/model/read-model-files';
import { writeJson } from '../../fixture-tokenizers.ts';
import { liveWorkers } from '../../open-resources.ts';
import { root } from '../../sandbox.ts';

const tiny = join(root, 'models/tiny');
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-prior-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A copy of the embedded prior's directory without one of its files. */
function copyWithout(name: string): string {
  const copy = mkdtempSync(join(directory, 'model-'));
  cpSync(tiny, copy, { recursive: true });
  rmSync(join(copy, name), { recursive: true, force: true });
  return copy;
}

test('says what it opened', async () => {
  await using prior = await loadPrior(tiny);
  expect(prior).toMatchObject({
    ...{ name: 'tiny', modelFile: 'onnx/model.onnx', precision: 'float32', device: 'cpu' },
    ...{ vocabularySize: 4096, maxTokens: 512, bosTokenId: 0, addsBos: false, notSplit: null },
  });
  expect(prior.fingerprint).toMatch(/^[0-9a-f]{64}$/);
});

test('fingerprints are of the contents, not of the place; each of its own part', async () => {
  const copy = copyWithout('tokenizer_config.json');
  const otherConfig = copyWithout('tokenizer_config.json');
  writeJson(otherConfig, 'config.json', {
    ...{ vocab_size: 4096, n_positions: 512, n_head: 4, n_embd: 256, bos_token_id: 0 },
  });
  const otherTokenizer = copyWithout('tokenizer_config.json');
  appendFileSync(join(otherTokenizer, 'tokenizer.json'), '\n');
  const otherBeginning = copyWithout('tokenizer_config.json');
  writeJson(otherBeginning, 'tokenizer_config.json', { add_bos_token: true });
  const fingerprintsOf = async (path: string) => {
    await using prior = await loadPrior(path);
    const { modelFingerprint, tokenizerFingerprint, fingerprint } = prior;
    expect(await identifyPrior(path)).toMatchObject({ modelFingerprint, tokenizerFingerprint });
    return [modelFingerprint, tokenizerFingerprint, fingerprint];
  };
  const [model, tokenizer, both] = await fingerprintsOf(tiny);
  const other = expect.not.stringMatching(`${model}|${tokenizer}|${both}`) as string;
  expect(await fingerprintsOf(copy)).toEqual([model, tokenizer, both]);
  expect(await fingerprintsOf(otherConfig)).toEqual([other, tokenizer, other]);
  expect(await fingerprintsOf(otherTokenizer)).toEqual([model, other, other]);
  expect(await fingerprintsOf(otherBeginning)).toEqual([model, other, other]);
});

test('a graph beside the configuration, and one by name', async () => {
  const flat = copyWithout('onnx');
  symlinkSync(join(tiny, 'onnx/model.onnx'), join(flat, 'model.onnx'));
  mkdirSync(join(flat, 'other'));
  symlinkSync(join(tiny, 'onnx/model.onnx'), join(flat, 'other/graph.onnx'));
  await using prior = await loadPrior(flat);
  expect(prior.modelFile).toBe('model.onnx');
  await using other = await loadPrior(flat, { modelFile: 'other/graph.onnx' });
  expect(other.modelFile).toBe('other/graph.onnx');
});

test('a graph by its dtype, or without one where it is the only graph', async () => {
  const copy = copyWithout('onnx');
  mkdirSync(join(copy, 'onnx'));
  symlinkSync(join(tiny, 'onnx/model.onnx'), join(copy, 'onnx/model_int8.onnx'));
  for (const options of [{}, { dtype: 'int8' } as const]) {
    expect((await identifyPrior(copy, options)).modelFile).toBe('onnx/model_int8.onnx');
    await using prior = await loadPrior(copy, options);
    expect(prior.modelFile).toBe('onnx/model_int8.onnx');
  }
  symlinkSync(join(tiny, 'onnx/model.onnx'), join(copy, 'model.onnx'));
  expect((await identifyPrior(copy)).modelFile).toBe('model.onnx');
});

test('a prior is identified without being opened', async () => {
  const before = liveWorkers();
  const { name, path, modelFile, device } = await identifyPrior(tiny);
  const expected = { name: 'tiny', path: tiny, modelFile: 'onnx/model.onnx', device: 'cpu' };
  expect({ name, path, modelFile, device }).toEqual(expected);
  const other = await identifyPrior(tiny, { modelFile: 'onnx/model.onnx', device: 'cuda' });
  expect(other.device).toBe('cuda');
  expect(liveWorkers()).toBe(before);
});

describe('refuses', () => {
  test.each([
    [
      'config.json',
      'MODEL_INVALID',
      /config\.json: the file is missing .* A model directory holds/,
    ],
    ['tokenizer.json', 'TOKENIZER_INVALID', /tokenizer\.json: the file is missing/],
    ['onnx', 'MODEL_INVALID', /it holds no onnx\/model\.onnx or model\.onnx\. Name a directory/],
    ['.', 'MODEL_INVALID', /there is no such directory: give one/],
  ])('a directory without %s, and leaves no thread behind', async (name, code, message) => {
    const before = liveWorkers();
    const incomplete = copyWithout(name);
    for (const read of [loadPrior, identifyPrior]) {
      await expect(read(incomplete)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as string,
      });
    }
    await expect.poll(liveWorkers).toBe(before);
  });

  test('a graph that is not there', async () => {
    await expect(loadPrior(tiny, { modelFile: 'onnx/model_q4.onnx' })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('it holds no onnx/model_q4.onnx') as string,
    });
  });
});

describe('readModelConfig', () => {
  const read = (config: unknown) => {
    const folder = mkdtempSync(join(directory, 'config-'));
    writeJson(folder, 'config.json', config);
    return readModelConfig(folder);
  };

  test.each<[string, object, object]>([
    [
      'Llama',
      {
        vocab_size: 9,
        max_position_embeddings: 8,
        hidden_size: 12,
        num_attention_heads: 3,
        head_dim: 5,
        bos_token_id: 1,
      },
      { vocabularySize: 9, maxTokens: 8, headSize: 5, bosTokenId: 1 },
    ],
    [
      'GPT-2',
      { vocab_size: 9, n_positions: 8, n_embd: 12, n_head: 3, bos_token_id: null },
      { vocabularySize: 9, maxTokens: 8, headSize: 4, bosTokenId: null },
    ],
    [
      'multimodal',
      {
        text_config: {
          vocab_size: 9,
          max_position_embeddings: 8,
          hidden_size: 12,
          num_attention_heads: 3,
        },
        bos_token_id: 2,
      },
      { vocabularySize: 9, maxTokens: 8, headSize: 4, bosTokenId: 2 },
    ],
  ])('%s', async (_, config, expected) => {
    expect(await read(config)).toEqual(expected);
  });

  test.each([
    [{ n_positions: 8 }, /config\.json: it states no vocab_size/],
    [{ vocab_size: -1, n_ctx: 8 }, /it states no vocab_size/],
    [[], /it is not a JSON object/],
  ])('%j', async (config, message) => {
    await expect(read(config)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });
});

test.each([2 ** 22 + 1, 2 ** 31, 1e15])(
  'a vocabulary of %d tokens is refused before memory is taken',
  async (size) => {
    const copy = copyWithout('config.json');
    writeJson(copy, 'config.json', {
      ...{ vocab_size: size, n_positions: 512, n_head: 4, n_embd: 256, bos_token_id: 0 },
    });
    const refused = {
      code: 'MODEL_INVALID',
      message: expect.stringContaining(`vocab_size is ${size}`) as string,
    };
    await expect(loadPrior(copy)).rejects.toMatchObject(refused);
    await expect(identifyPrior(copy)).rejects.toMatchObject(refused);
  },
);

test.each([2 ** 31, -1, 0.5, 'seven'])(
  'a token with the id %s is refused before memory is taken',
  async (id) => {
    const copy = copyWithout('tokenizer.json');
    const tokenizer = JSON.parse(readFileSync(join(tiny, 'tokenizer.json'), 'utf8')) as object;
    const added = { added_tokens: [{ id, content: '<far>', special: true }] };
    writeJson(copy, 'tokenizer.json', { ...tokenizer, ...added });
    await expect(loadPrior(copy)).rejects.toMatchObject({
      code: 'TOKENIZER_INVALID',
      message: expect.stringContaining(`the id ${Number(id)}`) as string,
    });
  },
);
