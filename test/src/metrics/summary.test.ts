import { expect, test } from 'vitest';
import { serializeSummary } from '#toedit/src/metrics/summary';
import { sampleSummary } from '../report/sample-summary.ts';

test('one line of JSON that keeps every field, the seed as digits', () => {
  const line = serializeSummary(sampleSummary);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    ...sampleSummary,
    options: { ...sampleSummary.options, seed: '0' },
  });
});
