import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokenize } from '#toedit/operators/tokenize';
import { loadTokenizer } from '#toedit/src/model/load-tokenizer';
import {
  catastrophic,
  deadlyText,
  withNormalizer,
  withPattern,
  writeJson,
} from '../../fixture-tokenizers.ts';
import { collect, countedSource, numbered, textBatch } from '../../operators/text-batch.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-hostile-tokenizer-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function open(tokenizer: unknown) {
  const folder = mkdtempSync(join(directory, 'model-'));
  writeJson(folder, 'tokenizer.json', tokenizer);
  const opened = await loadTokenizer(folder, null);
  return { ...opened, [Symbol.asyncDispose]: () => opened.close() };
}

const failed = expect.objectContaining({
  code: 'INFERENCE_FAILED',
  message: expect.stringMatching(/tokenizer\.json failed: .* backtracks too often/),
}) as unknown;

describe.each([
  ['pre-tokenizer', withPattern(catastrophic)],
  ['normaliser', withNormalizer(catastrophic)],
])('a catastrophic expression of the %s', (_, tokenizer) => {
  test('fails the call with that text, none that waits, and none that comes', async () => {
    await using opened = await open(tokenizer);
    const [expected] = await opened.encode(['ab ca']);
    const calls = [['ab ca'], ['ab', deadlyText], ['ab ca'], ['ab ca', 'ab ca']];
    const results = await Promise.allSettled(calls.map((texts) => opened.encode(texts)));
    expect(results).toEqual([
      { status: 'fulfilled', value: [expected] },
      { status: 'rejected', reason: failed },
      { status: 'fulfilled', value: [expected] },
      { status: 'fulfilled', value: [expected, expected] },
    ]);
  });

  test('fails the rows that it fails on', async () => {
    await using opened = await open(tokenizer);
    const rows = fc.array(fc.constantFrom('ab', 'ca a', deadlyText, null), {
      minLength: 1,
      maxLength: 5,
    });
    const property = fc.asyncProperty(rows, fc.nat(5), async (texts, cut) => {
      const batch = textBatch(numbered(texts));
      const batches = [batch.slice(0, cut), batch.slice(cut)];
      const out = await collect(tokenize(opened)(countedSource(batches).source));
      const reasons = out.flatMap((part) => [...(part.getChild('pass_reason') ?? [])] as unknown[]);
      const expected = { [deadlyText]: 'tokenizer_failed', null: 'null_text' };
      expect(reasons).toEqual(
        texts.map((text) => expected[String(text) as keyof typeof expected] ?? null),
      );
    });
    await fc.assert(property, { numRuns: 4 });
  });
});

test('a tokenizer that fails on plain English is invalid', async () => {
  await expect(open(withPattern(String.raw`(\w+\s?)*$`))).rejects.toMatchObject({
    code: 'TOKENIZER_INVALID',
    message: expect.stringMatching(/tokenizer\.json: .* backtracks too often/) as string,
  });
});
