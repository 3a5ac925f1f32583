import { expect, test } from 'vitest';
import { serializeSummary } from '#toedit/src/report/serialize-summary';
import { sampleSummary } from './sample-summary.ts';

test('one line of JSON that keeps every field, the seed as digits', () => {
  const line = serializeSummary(sampleSummary);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    ...sampleSummary,
    options: { ...sampleSummary.options, seed: '0' },
  });
});
