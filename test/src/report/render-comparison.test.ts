import { expect, test } from 'vitest';
import type { PriorComparison } from '#toedit/src/comparison/prior-comparison';
import { renderComparison } from '#toedit/src/report/render-comparison';

const names = {
  a: 'models/a, onnx/model.onnx, float32',
  b: 'models/b, onnx/model_int8.onnx, int8',
};

const comparison: PriorComparison = {
  documents: 87,
  tokens: 30_412,
  meanDelta: 0.05814,
  meanDeltaInterval: [0.056, 0.0602],
  worst: { file: 'books.parquet', row: 14, token: 203, logprobA: -0.0921, logprobB: -3.3 },
  thresholds: [
    {
      ...{ threshold: 0.9, eligibleA: 2101, eligibleB: 2099, lost: 12, gained: 10, flipped: 22 },
      ...{ flippedFraction: 22 / 30_412, flippedInterval: [0.00041, 0.00121], jaccard: 0.9896 },
    },
    {
      ...{ threshold: 0.99, eligibleA: 900, eligibleB: 900, lost: 0, gained: 0, flipped: 0 },
      ...{ flippedFraction: 0, flippedInterval: [0, 0.00013], jaccard: 1 },
    },
  ],
};

test('the table of a comparison', () => {
  expect(renderComparison(comparison, names)).toBe(
    [
      'compared on 30,412 tokens of 87 documents',
      '  A  models/a, onnx/model.onnx, float32 (its decisions count as right)',
      '  B  models/b, onnx/model_int8.onnx, int8',
      '',
      '  |ln P_A - ln P_B|  mean 0.0581 (0.056 to 0.0602)',
      '  worst 3.21 at books.parquet row 14, token 203: ln P_A -0.0921, ln P_B -3.3',
      '',
      '  P >=  eligible A  eligible B  lost  gained  Jaccard  flipped  of all tokens',
      '   0.9       2,101       2,099    12      10    0.990       22  0.0723 % (0.041 % to 0.121 %)',
      '  0.99         900         900     0       0    1.000        0  0 % (0 % to 0.013 %)',
      '',
      'in brackets: 95 % confidence, as far as documents vary',
    ].join('\n'),
  );
});

test('one document has no intervals, and what does not differ no worst token', () => {
  const text = renderComparison(
    {
      ...comparison,
      ...{ documents: 1, meanDelta: 0, meanDeltaInterval: null },
      thresholds: comparison.thresholds.map((each) => ({ ...each, flippedInterval: null })),
    },
    names,
  );
  expect(text).toContain('compared on 30,412 tokens of 1 document\n');
  expect(text).not.toMatch(/worst| to 0/);
  expect(text).toMatch(/no confidence intervals: they need two documents or more$/);
});

test('no token at all', () => {
  const nothing = { ...comparison, documents: 0, tokens: 0, worst: null };
  expect(renderComparison(nothing, names)).toContain('compared on 0 tokens of 0 documents');
});
