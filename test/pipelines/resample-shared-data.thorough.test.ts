import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editCorpus, type ResampleCorpusOptions, resampleCorpus, scoreCorpus } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputsOf } from '../outputs-of.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { hasSmolLm2, smolLm2Directory } from '../smollm2.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-resample-shared-'));
afterAll(() => rm(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);

type Rule = Omit<ResampleCorpusOptions, 'scored' | 'output'>;

const rules: readonly (readonly [name: string, rule: Rule])[] = [
  ['paper', { preset: 'paper', seed: 1n }],
  ['official-up', { preset: 'official-up', seed: 2n }],
  ['official-lowdrop', { preset: 'official-lowdrop', seed: 3n }],
  ['filtering', { preset: 'filtering', seed: 4n }],
  ['all eligible tokens', { threshold: 0.5, excludeOriginal: true, report: true, seed: 5n }],
];

/** What is scored once, and edited by each rule both ways. */
interface Part {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly limit: number;
  /** Longer texts pass: a whole novel takes minutes. */
  readonly maxTextBytes: number;
  readonly model?: string | undefined;
}

async function score({ name, ...part }: Part): Promise<void> {
  const kept = { candidates: 64, candidateThreshold: 0.5 };
  await scoreCorpus({ ...part, ...kept, output: at(`${name}-scored`) });
}

async function expectSame({ name, ...part }: Part, rule: Rule, number: number): Promise<void> {
  const [edited, resampled] = ['edited', 'resampled'].map((kind) =>
    at(`${name}-${kind}-${String(number)}`),
  ) as [string, string];
  const byPrior = await editCorpus({ ...part, ...rule, output: edited });
  const scored = at(`${name}-scored`);
  const byScores = await resampleCorpus({ ...rule, scored, output: resampled });
  expect(outputsOf(resampled)).toEqual(outputsOf(edited));
  expect(outputsOf(edited).size).toBeGreaterThan(0);
  const countsOf = ({ tokens, eligible, changed, deleted, refused, passed }: typeof byPrior) => ({
    ...{ tokens, eligible, changed, deleted, refused, passed },
  });
  expect(countsOf(byScores)).toEqual(countsOf(byPrior));
  // The paper's own rule may change nothing in so little text.
  if (rule.preset !== 'paper') expect(byPrior.changed + byPrior.deleted).toBeGreaterThan(0);
}

describe.skipIf(!hasSharedData)('the bytes of resample are those of edit', () => {
  describe('on all shared corpora', () => {
    const files = hasSharedData ? readdirSync(sharedData, { withFileTypes: true }) : [];
    const inputs = files
      .filter((file) => file.isFile() && file.name !== 'README.md')
      .map(({ name }) => join(sharedData, name));
    const part: Part = { name: 'tiny', inputs, limit: 2, maxTextBytes: 8000 };
    beforeAll(() => score(part), 300_000);

    test.each(rules.map((rule, number) => [...rule, number] as const))(
      '%s',
      async (_, rule, number) => expectSame(part, rule, number),
    );
  });

  describe.skipIf(!hasSmolLm2)('with SmolLM2', () => {
    let part: Part;
    beforeAll(async () => {
      const inputs = ['paragraphs.parquet', 'poems.jsonl.gz'].map((name) => join(sharedData, name));
      const model = await smolLm2Directory();
      part = { name: 'smollm2', inputs, limit: 4, maxTextBytes: 2000, model };
      await score(part);
    }, 300_000);

    test.each(rules.map((rule, number) => [...rule, number] as const))(
      '%s',
      async (_, rule, number) => expectSame(part, rule, number),
    );
  });
});
