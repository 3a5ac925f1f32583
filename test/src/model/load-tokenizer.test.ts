import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadTokenizer, type PriorTokenizer } from '#toedit/src/model/load-tokenizer';
import {
  lowerCaseTokenizer,
  metaspaceTokenizer,
  sentencePieceTokenizer,
  wordPieceTokenizer,
  writeJson,
} from '../../fixture-tokenizers.ts';
import { root } from '../../sandbox.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-tokenizer-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Opens a tokenizer given as JSON, in a directory of its own. */
async function open(
  tokenizer: unknown,
  bosTokenId: number | null = null,
  config: unknown = {},
): Promise<PriorTokenizer & AsyncDisposable> {
  const folder = mkdtempSync(join(directory, 'model-'));
  writeJson(folder, 'tokenizer.json', tokenizer);
  writeJson(folder, 'tokenizer_config.json', config);
  const opened = await loadTokenizer(folder, bosTokenId);
  return { ...opened, [Symbol.asyncDispose]: () => opened.close() };
}

function spelled({ tokenBytes }: PriorTokenizer, ids: Int32Array): string {
  return Buffer.concat(Array.from(ids, (id) => tokenBytes.bytes(id))).toString('utf8');
}

const tiny = JSON.parse(readFileSync(`${root}models/tiny/tokenizer.json`, 'utf8')) as object;
const spaced = fc
  .array(
    fc.oneof(
      fc.constantFrom(' ', '  ', 'a', 'ab', 'ca', 'é', '漢', '\n'),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join('').replaceAll('▁', ''));

describe('the bytes of the tokens are the text', () => {
  test.each<[string, unknown]>([
    ['byte-level BPE', tiny],
    [
      'byte-level BPE with a space before each text',
      {
        ...tiny,
        pre_tokenizer: {
          type: 'ByteLevel',
          add_prefix_space: true,
          trim_offsets: true,
          use_regex: true,
        },
      },
    ],
    ['SentencePiece BPE with byte fallback', sentencePieceTokenizer],
    ['Metaspace', metaspaceTokenizer],
  ])('%s', async (_, description) => {
    await using tokenizer = await open(description);
    const property = fc.asyncProperty(fc.array(spaced, { maxLength: 8 }), async (texts) => {
      const encoded = await tokenizer.encode(texts);
      expect(encoded.map((ids) => spelled(tokenizer, ids))).toEqual(texts);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('merges are used', async () => {
    await using tokenizer = await open(sentencePieceTokenizer);
    const [ids = new Int32Array()] = await tokenizer.encode(['ab ab']);
    expect(Array.from(ids, (id) => Buffer.from(tokenizer.tokenBytes.bytes(id)).toString())).toEqual(
      ['ab', ' ab'],
    );
  });

  test('unless the tokenizer changes the text', async () => {
    await using tokenizer = await open(lowerCaseTokenizer);
    const [ids = new Int32Array()] = await tokenizer.encode(['Ab']);
    expect(spelled(tokenizer, ids)).toBe('ab');
  });

  test('special tokens in a text stand for themselves', async () => {
    await using tokenizer = await open(sentencePieceTokenizer);
    const [ids = new Int32Array()] = await tokenizer.encode(['a</s>b']);
    expect([...ids]).toContain(2);
    expect(spelled(tokenizer, ids)).toBe('a</s>b');
    expect(tokenizer.tokenBytes.isSpecial(2)).toBe(true);
    expect(tokenizer.tokenBytes.isSpecial(3)).toBe(false);
  });

  test('a literal ▁ is not taken for a space', async () => {
    await using tokenizer = await open(sentencePieceTokenizer);
    const [ids = new Int32Array()] = await tokenizer.encode(['a▁b']);
    expect(spelled(tokenizer, ids)).toBe('a b');
  });
});

describe('BOS', () => {
  test('a token that each text is to begin with, and that the tokenizer does not have', async () => {
    const config = { add_bos_token: true, bos_token: '<none>' };
    await expect(open(sentencePieceTokenizer, 1, config)).rejects.toMatchObject({
      code: 'TOKENIZER_INVALID',
      message: expect.stringMatching(
        /its bos_token <none> is no token of tokenizer\.json/,
      ) as string,
    });
  });

  const plain = { ...sentencePieceTokenizer, post_processor: null };
  const eosOnly = {
    ...sentencePieceTokenizer,
    post_processor: {
      ...(sentencePieceTokenizer.post_processor as object),
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
    },
  };

  const added = { add_bos_token: true };
  test.each([
    {
      ...{ name: 'by the post-processor', json: sentencePieceTokenizer, id: 1, config: {} },
      expected: { bosTokenId: 1, addsBos: true },
    },
    {
      ...{
        name: 'by the post-processor alone',
        json: sentencePieceTokenizer,
        id: null,
        config: {},
      },
      expected: { bosTokenId: 1, addsBos: true },
    },
    {
      ...{ name: 'by tokenizer_config.json', json: plain, id: 1, config: added },
      expected: { bosTokenId: 1, addsBos: true },
    },
    {
      ...{ name: 'known, not added', json: plain, id: 1, config: {} },
      expected: { bosTokenId: 1, addsBos: false },
    },
    {
      ...{ name: 'EOS alone is none', json: eosOnly, id: 1, config: {} },
      expected: { bosTokenId: 1, addsBos: false },
    },
    {
      ...{ name: 'named by tokenizer_config.json alone', json: plain, id: null },
      ...{ config: { ...added, bos_token: '<s>' }, expected: { bosTokenId: 1, addsBos: true } },
    },
    {
      ...{ name: 'named by an object, not as config.json says', json: plain, id: 2 },
      ...{ config: { ...added, bos_token: { content: '<s>' } } },
      expected: { bosTokenId: 1, addsBos: true },
    },
    {
      ...{ name: 'named, and asked for by nobody', json: plain, id: null },
      ...{ config: { bos_token: '<s>' }, expected: { bosTokenId: 1, addsBos: false } },
    },
    {
      ...{ name: 'named, and in no vocabulary', json: plain, id: 2 },
      ...{ config: { bos_token: '<none>' }, expected: { bosTokenId: 2, addsBos: false } },
    },
    {
      ...{ name: 'unknown', json: plain, id: null, config: added },
      expected: { bosTokenId: null, addsBos: false },
    },
  ])('$name', async ({ json, id, config, expected }) => {
    await using tokenizer = await open(json, id, config);
    expect(tokenizer).toMatchObject(expected);
    expect((await tokenizer.encode(['ab']))[0]).toHaveLength(1);
  });
});

describe('refuses', () => {
  test('a directory without tokenizer.json', async () => {
    const folder = join(directory, 'empty');
    mkdirSync(folder);
    await expect(loadTokenizer(folder, null)).rejects.toMatchObject({
      code: 'TOKENIZER_INVALID',
      message: expect.stringMatching(
        /\/empty\/tokenizer\.json: the file is missing .* model/,
      ) as string,
    });
  });

  test.each<[string, string, RegExp]>([
    ['broken JSON', '{"model":', /tokenizer\.json: it is not valid JSON .*: copy it again/],
    ['another JSON value', '[1]', /tokenizer\.json: it is not a JSON object/],
    ['no vocabulary', JSON.stringify({ decoder: { type: 'ByteLevel' } }), /it holds no vocabulary/],
    ['WordPiece', JSON.stringify(wordPieceTokenizer), /its decoder \(WordPiece\).*toedit reads/],
    [
      'no decoder',
      JSON.stringify({ ...metaspaceTokenizer, decoder: null }),
      /its decoder \(none\)/,
    ],
    [
      'a model that the tokenizers package does not know',
      JSON.stringify({ ...metaspaceTokenizer, model: { type: 'Runes', vocab: { a: 0 } } }),
      /tokenizer\.json: /,
    ],
  ])('%s', async (_, content, message) => {
    const folder = mkdtempSync(join(directory, 'broken-'));
    writeFileSync(join(folder, 'tokenizer.json'), content);
    await expect(loadTokenizer(folder, null)).rejects.toMatchObject({
      code: 'TOKENIZER_INVALID',
      message: expect.stringMatching(message) as string,
      place: { file: join(folder, 'tokenizer.json') },
    });
  });
});

test('a closed tokenizer rejects what waits and what comes', async () => {
  const tokenizer = await open(metaspaceTokenizer);
  const waiting = tokenizer.encode(['ab '.repeat(1000)]);
  const closed = tokenizer.close();
  await expect(waiting).rejects.toMatchObject({ code: 'ENGINE_DIED' });
  await closed;
  await expect(tokenizer.encode(['ab'])).rejects.toMatchObject({
    code: 'ENGINE_DIED',
    message: expect.stringContaining('tokenizer.json') as string,
  });
});
