import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { finishedRuns, type WantedRuns } from '#toedit/benchmarks/generations/finished-runs';

const directory = mkdtempSync(join(tmpdir(), 'toedit-finished-runs-'));
const path = join(directory, 'results.json');
afterAll(() => rmSync(directory, { recursive: true }));

const facts = {
  ...{ corpus: 'human.parquet', tokenizer: 'tiny', vocabulary: 4096, order: 5 },
  ...{ heldOutDocuments: 7, heldOutTokens: 700 },
};
const wanted: WantedRuns = { facts, documents: 9, generations: 2, arms: ['sampled', 'random'] };
const arms = wanted.arms.map((name) => ({
  arm: { name },
  generations: Array.from({ length: 3 }, () => ({ documents: 9 })),
}));
const runs = [
  { seed: 0, arms },
  { seed: 1, arms },
];
writeFileSync(path, JSON.stringify({ ...facts, machine: 'one', seconds: 60, runs }));

test('the seeds that are done are not run again, their seconds are kept', () => {
  expect(finishedRuns(path, wanted)).toEqual({ runs, seconds: 60 });
});

test.each<[string, Partial<WantedRuns>]>([
  ['tokenizer', { facts: { ...facts, tokenizer: 'smollm2-135m' } }],
  ['order', { facts: { ...facts, order: 4 } }],
  ['number of documents', { documents: 10 }],
  ['number of generations', { generations: 3 }],
  ['list of arms', { arms: ['sampled'] }],
])('of another %s they are run anew', (_, other) => {
  expect(finishedRuns(path, { ...wanted, ...other })).toEqual({ runs: [], seconds: 0 });
});

test('without a file nothing is done', () => {
  expect(finishedRuns(join(directory, 'absent.json'), wanted).runs).toEqual([]);
});
