import { expect, test } from 'vitest';
import { describeRule } from '#toedit/src/report/render-summary';

test.each([
  [
    { preset: 'paper', threshold: 0.99, topK: 8, seed: 7n },
    'paper: P >= 0.99 redrawn from top 8, seed 7',
  ],
  [
    { preset: 'official-lowdrop', threshold: 0.99, inclusive: false, topK: 64, dropBelow: 0.001 },
    'official-lowdrop: P > 0.99 redrawn from top 64, P < 0.001 deleted',
  ],
  [{ preset: 'paper', threshold: 0.5, topK: 8 }, 'paper, changed: P >= 0.5 redrawn from top 8'],
  [{ preset: 'filtering', threshold: null, dropBelow: 0.001 }, 'filtering: P < 0.001 deleted'],
  [
    { threshold: 0.9, topK: 4, topP: 0.95, temperature: 1.5, excludeOriginal: true },
    'P >= 0.9 redrawn from top 4 within top-p 0.95 at temperature 1.5 without the original',
  ],
  [{}, ''],
])('%o', (options, text) => {
  expect(describeRule(options)).toBe(text);
});
