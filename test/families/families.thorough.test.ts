import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  comparePriors,
  editCorpus,
  loadPrior,
  type Prior,
  quantiseModel,
  scoreCorpus,
} from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scoreTexts } from '../score-texts.ts';
import { type Family, ownFamilies, sharedFamilies } from './family.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-families-'));
const corpus = join(directory, 'corpus');
beforeAll(() => mkdirSync(corpus));
afterAll(() => rmSync(directory, { recursive: true }));

/** Made to be refused: only the last token's logits come out of it. */
const useless = new Set(['llama+last']);
const families = [...ownFamilies, ...sharedFamilies.filter(({ name }) => !useless.has(name))];
const threshold = Math.fround(Math.log(0.99));

/** The mean |Δ log P| that is allowed: of float16 what its steps are, as casts come to lie elsewhere where a graph is cut. */
function toleranceOf({ name }: Family): number {
  return /fp16|q4f16/u.test(name) ? 2e-3 : 2e-6;
}

const open = ({ directory: model }: Family): Promise<Prior> => loadPrior(model, { threads: 1 });
const textsOf = ({ expected }: Family): string[] => expected.rows.map(({ text }) => text);

/** Windows as long as the longest model here allows, so that those without a stated length are read alike. */
const reading = { windowTokens: 128, threshold: 0.99, topK: 4 };

describe.each(families.map((family) => [family.name, family] as const))('%s', (name, family) => {
  const { rows } = family.expected;
  const expected = rows.flatMap(({ token_logprobs }) =>
    token_logprobs.map((value) => value ?? Number.NaN),
  );

  test('tokens, scores and decisions are those of the reference', async () => {
    await using prior = await open(family);
    expect(prior.addsBos ? prior.bosTokenId : null).toBe(family.expected.bos);
    const scored = await scoreTexts(prior, textsOf(family), reading);
    expect(scored.map(({ tokenIds }) => tokenIds)).toEqual(rows.map(({ token_ids }) => token_ids));
    const found = scored
      .flatMap(({ logprobs }) => logprobs ?? [])
      .filter((value) => value !== null);
    expect(found).toHaveLength(expected.length);
    const errors = found.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)));
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(mean).toBeLessThan(toleranceOf(family));
    const decide = (values: readonly number[]) => values.map((value) => value >= threshold);
    expect(decide(found)).toEqual(decide(expected));
  });

  test('the same bits alone and together, and by the early exit', async () => {
    await using prior = await open(family);
    const texts = textsOf(family);
    const together = await scoreTexts(prior, texts, {
      ...reading,
      maxBatchTokens: 4096,
      runTokens: 4096,
    });
    const alone = await scoreTexts(prior, texts, { ...reading, maxBatchTokens: 1, batchRows: 1 });
    expect(alone).toEqual(together);
    const eligible = await scoreTexts(prior, texts, { ...reading, scores: 'eligible' });
    expect(eligible.map(({ candidates }) => candidates)).toEqual(
      together.map(({ candidates }) => candidates),
    );
  });

  test('edit and score give the same bytes for any micro-batch', async () => {
    const file = join(corpus, `${name}.jsonl`);
    writeFileSync(
      file,
      textsOf(family)
        .map((text) => `${JSON.stringify({ text })}\n`)
        .join(''),
    );
    const asked = { inputs: [file], model: family.directory, threads: 1, windowTokens: 128 };
    const run = async (maxBatchTokens: number): Promise<readonly Buffer[]> => {
      const at = (command: string) => join(directory, `${name}-${command}-${maxBatchTokens}`);
      const rule = { threshold: 0.3, seed: 5n, maxBatchTokens };
      await editCorpus({ ...asked, ...rule, output: at('edit') });
      await scoreCorpus({ ...asked, maxBatchTokens, output: at('score') });
      return ['edit', 'score'].map((command) => readFileSync(join(at(command), `${name}.jsonl`)));
    };
    expect(await run(1)).toEqual(await run(4096));
  });
});
