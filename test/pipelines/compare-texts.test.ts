import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareTexts } from '#toedit/pipelines/compare-priors';
import { loadPrior } from '#toedit/src/model/load-prior';
import { root } from '../sandbox.ts';

const documents = Array.from({ length: 40 }, (_, row) => ({
  file: 'sample',
  row,
  text: `It was number ${row}, and so on, and so on. ${'The end of the world. '.repeat(row % 5)}`,
}));

test('a prior agrees with itself on every token, up to the bound', async () => {
  await using prior = await loadPrior(join(root, 'models/tiny'), { threads: 1 });
  const files: string[] = [];
  const comparison = await compareTexts(prior, prior, documents, {
    ...{ maxTokens: 700, thresholds: [0.5, 0.99] },
    onProgress: ({ file, fileIndex, fileCount }) => files.push(`${fileIndex}/${fileCount} ${file}`),
  });
  // No prediction exists of a document's first token.
  expect(comparison).toMatchObject({ tokens: 700 - comparison.documents, meanDelta: 0 });
  expect(comparison.documents).toBeGreaterThan(1);
  expect(comparison.thresholds).toMatchObject([
    { threshold: 0.5, lost: 0, gained: 0, flippedFraction: 0 },
    { threshold: 0.99, lost: 0, gained: 0, flippedFraction: 0 },
  ]);
  expect(comparison.thresholds[0]?.eligibleA).toBeGreaterThan(0);
  const graph = join(root, 'models/tiny/onnx/model.onnx');
  expect([...new Set(files)]).toEqual([`0/2 ${graph}`, `1/2 ${graph}`]);
});
