import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparePriors, editCorpus, loadPrior, quantiseModel, scoreCorpus } from 'toedit';
import { afterAll, describe, expect, test } from 'vitest';
import type { ScoreTokensOptions } from '#toedit/operators/score-tokens';
import { scoreTexts } from '../score-texts.ts';
import { type Family, ownFamilies, sharedFamilies } from './family.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-families-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Made to be refused: only the last token's logits come out of it. */
const useless = new Set(['llama+last']);
const families = [...ownFamilies, ...sharedFamilies.filter(({ name }) => !useless.has(name))];
const threshold = Math.fround(Math.log(0.99));

/** The mean |Δ log P| that is allowed: of float16 what its steps are, as casts come to lie elsewhere where a graph is cut. */
function toleranceOf({ name }: Family): number {
  return /fp16|q4f16/u.test(name) ? 2e-3 : 2e-6;
}

/** References are of whole texts: a window holds the longest of them and BOS. */
function readingOf({ expected: { rows } }: Family) {
  const longest = Math.max(...rows.map(({ token_ids }) => token_ids.length));
  return { windowTokens: longest + 1, threshold: 0.99, topK: 4 };
}

/** A directory may go by one name here and beside the repository. */
const keyOf = (family: Family): string =>
  `${ownFamilies.includes(family) ? 'own' : 'shared'}: ${family.name}`;

describe.each(families.map((family) => [keyOf(family), family] as const))('%s', (_, family) => {
  const { rows } = family.expected;
  const expected = rows.flatMap(({ token_logprobs }) =>
    token_logprobs.filter((value) => value !== null),
  );

  test('tokens, scores and decisions are those of the reference, alone and together, by either head', async () => {
    await using prior = await loadPrior(family.directory, { threads: 1 });
    expect(prior.addsBos ? prior.bosTokenId : null).toBe(family.expected.bos);
    const texts = rows.map(({ text }) => text);
    const score = (options: ScoreTokensOptions) =>
      scoreTexts(prior, texts, { ...readingOf(family), ...options });
    const together = await score({ maxBatchTokens: 4096, runTokens: 4096 });
    expect(together.map(({ tokenIds }) => tokenIds)).toEqual(
      rows.map(({ token_ids }) => token_ids),
    );
    const found = together
      .flatMap(({ logprobs }) => logprobs ?? [])
      .filter((value) => value !== null);
    expect(found).toHaveLength(expected.length);
    const errors = found.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)));
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(mean).toBeLessThan(toleranceOf(family));
    const decide = (values: readonly number[]) => values.map((value) => value >= threshold);
    expect(decide(found)).toEqual(decide(expected));

    expect(await score({ maxBatchTokens: 1 })).toEqual(together);
    const eligible = await score({ scores: 'eligible' });
    expect(eligible.map(({ candidates }) => candidates)).toEqual(
      together.map(({ candidates }) => candidates),
    );
  });

  test('edit gives the same bytes for any micro-batch; score', async () => {
    const place = mkdtempSync(join(directory, 'run-'));
    const file = writeTexts(place, family);
    const asked = { inputs: [file], model: family.directory, threads: 1, windowTokens: 64 };
    const edit = async (maxBatchTokens: number): Promise<Buffer> => {
      const output = join(place, `edit-${String(maxBatchTokens)}`);
      await editCorpus({ ...asked, threshold: 0.3, seed: 5n, maxBatchTokens, output });
      return readFileSync(join(output, 'texts.jsonl'));
    };
    expect(await edit(1)).toEqual(await edit(4096));
    const summary = await scoreCorpus({ ...asked, output: join(place, 'score') });
    expect(summary).toMatchObject({ rows: rows.length });
  });
});

function writeTexts(place: string, { expected: { rows } }: Family): string {
  const file = join(place, 'texts.jsonl');
  writeFileSync(file, rows.map(({ text }) => `${JSON.stringify({ text })}\n`).join(''));
  return file;
}

const own = (name: string): Family => {
  const family = ownFamilies.find((each) => each.name === name);
  if (family === undefined) throw new Error(`there is no ${name}`);
  return family;
};

test.each(['gpt-j', 'mpt', 'lfm2', 'llama+states', 'phi3-longrope'])(
  '%s in int8 by quantise',
  async (name) => {
    const place = mkdtempSync(join(directory, 'quantise-'));
    const family = own(name);
    const output = join(place, 'int8');
    const calibrate = [writeTexts(place, family)];
    await quantiseModel({ model: family.directory, calibrate, output, fast: true, threads: 1 });
    await using prior = await loadPrior(output, { threads: 1 });
    expect(prior.precision).toBe('int8');
    expect(prior.windowsApart).toBe(name === 'mpt');
  },
);

test.each(['llama+q4', 'llama+q8', 'llama+fp16'])('%s is not quantised again', async (name) => {
  const place = mkdtempSync(join(directory, 'quantise-'));
  const family = own(name);
  const calibrate = [writeTexts(place, family)];
  const work = quantiseModel({ model: family.directory, calibrate, output: join(place, 'int8') });
  await expect(work).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringMatching(
      /onnx: .*(?:cannot be quantised|float)|cannot be quantised: /,
    ) as string,
  });
});

test.each([
  ['llama', 'fp16', 0.002],
  ['llama', 'bf16', 0.05],
  ['llama', 'q8', 0.1],
  ['llama', 'int8', 0.1],
  ['llama', 'q4', 1],
  ['llama', 'q4f16', 1],
  ['gpt-neox', 'fp16', 0.002],
  ['gpt-neox', 'q8', 0.1],
  ['gpt-neox', 'q4', 1],
])('compare-priors says what %s loses in %s', async (name, precision, most) => {
  const place = mkdtempSync(join(directory, 'compare-'));
  const [a, b] = [own(name), own(`${name}+${precision}`)];
  const inputs = [writeTexts(place, a)];
  const report = await comparePriors(
    { model: a.directory },
    { model: b.directory },
    { inputs, threads: 1 },
  );
  expect(report.meanDelta).toBeGreaterThan(0);
  expect(report.meanDelta).toBeLessThan(most);
});
