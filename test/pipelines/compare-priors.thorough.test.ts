import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparePriors, loadPrior } from 'toedit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCoarserPrior } from '../coarser-prior.ts';
import { liveWorkers } from '../open-resources.ts';
import { scoreTexts } from '../score-texts.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-compare-'));
const model = join(directory, 'prior');
const sample = join(directory, 'sample.jsonl');
const exact = { model };
const coarse = { model, modelFile: 'onnx/model_coarse.onnx' };
const texts = Array.from(
  { length: 30 },
  (_, row) =>
    `It was number ${row}, and so on, and so on. ${'The end of the world. '.repeat(row % 4)}`,
);

beforeAll(() => {
  makeCoarserPrior(model);
  writeFileSync(sample, texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function logprobsOf(modelFile: string): Promise<readonly (number | null)[]> {
  await using prior = await loadPrior(model, { modelFile, threads: 1 });
  return (await scoreTexts(prior, texts)).flatMap(({ logprobs }) => logprobs ?? []);
}

test('two graphs of a directory: the counts are those of their scores', async () => {
  const before = liveWorkers();
  const report = await comparePriors(exact, coarse, {
    inputs: [sample],
    thresholds: [0.02, 0.1, 0.5],
  });
  expect(liveWorkers()).toBe(before);
  expect(report.a).toMatchObject({ path: model, modelFile: 'onnx/model.onnx' });
  expect(report.b).toMatchObject({ path: model, modelFile: 'onnx/model_coarse.onnx' });

  const [a, b] = [await logprobsOf('onnx/model.onnx'), await logprobsOf(coarse.modelFile)];
  const pairs = a
    .map((value, i) => [value ?? Number.NaN, b[i] ?? Number.NaN] as const)
    .filter(([value]) => !Number.isNaN(value));
  expect(report).toMatchObject({ documents: texts.length, tokens: pairs.length });
  const deltas = pairs.map(([inA, inB]) => Math.abs(inA - inB));
  expect(report.meanDelta).toBeGreaterThan(0);
  expect(report.meanDelta).toBeCloseTo(deltas.reduce((sum, d) => sum + d) / pairs.length, 12);
  const { worst } = report;
  expect(Math.abs((worst?.logprobA ?? 0) - (worst?.logprobB ?? 0))).toBe(Math.max(...deltas));
  expect(worst?.file).toBe(sample);
  for (const { threshold, eligibleA, eligibleB, lost, gained } of report.thresholds) {
    const least = Math.fround(Math.log(threshold));
    const isLost = ([inA, inB]: readonly [number, number]) => inA >= least && inB < least;
    expect(eligibleA).toBe(pairs.filter(([inA]) => inA >= least).length);
    expect(eligibleB).toBe(pairs.filter(([, inB]) => inB >= least).length);
    expect(lost).toBe(pairs.filter(isLost).length);
    expect(eligibleB).toBe(eligibleA - lost + gained);
  }
  expect(report.thresholds.some(({ flipped }) => flipped > 0)).toBe(true);
});

test('priors of different tokenizers are refused, both named', async () => {
  const other = join(directory, 'other');
  makeCoarserPrior(other);
  const file = join(other, 'tokenizer.json');
  const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...tokenizer, normalizer: { type: 'NFC' } }));
  await expect(comparePriors(exact, { model: other }, { inputs: [sample] })).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringMatching(
      `the tokenizers of ${model} .* and ${other} .* differ: name two priors with the same tokenizer.json`,
    ) as string,
  });
});

test.each([
  [{ thresholds: [1.5] }, 'BAD_OPTION', /thresholds has 1.5/],
  [{ maxTokens: 0 }, 'BAD_OPTION', /maxTokens must be/],
  [{ maxRows: 0 }, 'BAD_OPTION', /maxRows must be/],
  [{ textColumn: 'body' }, 'COLUMN_MISSING', /body/],
])('%j is refused', async (options, code, message) => {
  await expect(
    comparePriors(exact, coarse, { inputs: [sample], ...options }),
  ).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
});
