import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { committedResults } from '#toedit/benchmarks/reproduction/committed-results';
import { reproductionPage } from '#toedit/benchmarks/reproduction/page';
import { readEvidence } from '#toedit/benchmarks/training/evidence';
import { editedPlot, generationsPlot, mixturesPlot } from '#toedit/benchmarks/training/plots';
import { resultsPage } from '#toedit/benchmarks/training/results-page';
import { root } from '../sandbox.ts';

const committed = (path: string): string => readFileSync(join(root, path), 'utf8');
const results = committedResults(join(root, 'benchmarks'));

test('docs/reproduction.md is what the committed results give; npm run benchmark -- reproduction', () => {
  expect(committed('docs/reproduction.md')).toBe(reproductionPage(results));
});

test('the page and the plots of training are what its committed results give', () => {
  const evidence = readEvidence(join(root, 'benchmarks/training'));
  expect(committed('benchmarks/training/RESULTS.md')).toBe(resultsPage(evidence));
  expect(committed('benchmarks/training/mixtures.svg')).toBe(mixturesPlot(evidence));
  expect(committed('benchmarks/training/edited.svg')).toBe(editedPlot(evidence));
  expect(committed('benchmarks/training/generations.svg')).toBe(generationsPlot(evidence));
});

test('without any results the page has no verdict but on what cannot be tried', () => {
  const page = reproductionPage({ training: { runs: [], facts: [] }, theory: null, ngrams: null });
  expect(page).not.toMatch(/\*\*(not )?reproduced\*\*/u);
  expect(page).toContain('**no verdict yet**');
  expect(page).not.toContain('NaN');
});
