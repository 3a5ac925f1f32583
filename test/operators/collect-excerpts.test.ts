import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectExcerpts } from '#toedit/operators/collect-excerpts';
import { resampleTokens } from '#toedit/operators/resample-tokens';
import type { Excerpt } from '#toedit/src/metrics/summary';
import { corpusScoring, scoredCorpus, scoredRecordBatch } from '../scored-documents.ts';
import { collect, countedSource } from './text-batch.ts';

function changed({ before, changes }: Excerpt): string {
  let text = '';
  let at = 0;
  for (const change of changes) {
    expect(change.start).toBeGreaterThanOrEqual(at);
    text += before.slice(at, change.start) + change.text;
    at = change.end;
  }
  return text + before.slice(at);
}

test('the changes of an excerpt make one text of the other, and are of whole characters', async () => {
  const { threshold } = corpusScoring;
  let seen = 0;
  const property = fc.asyncProperty(
    scoredCorpus,
    fc.nat(50),
    async ({ tokenBytes, documents }, firstRow) => {
      const resample = resampleTokens({ tokenBytes }, { threshold, topK: 2, dropBelow: 0.1 });
      const batch = scoredRecordBatch(documents);
      const excerpts: Excerpt[] = [];
      const options = { file: 'a', limit: 5, firstRow };
      const resampled = resample(countedSource([batch]).source);
      const passed = await collect(collectExcerpts({ tokenBytes }, excerpts, options)(resampled));
      expect(passed[0]?.numRows).toBe(batch.numRows);
      expect(excerpts.length).toBeLessThanOrEqual(5);
      for (const excerpt of excerpts) {
        expect(excerpt.row).toBeGreaterThanOrEqual(firstRow);
        expect(excerpt.changes).not.toEqual([]);
        expect(changed(excerpt)).toBe(excerpt.after);
        for (const { start, end, text } of excerpt.changes) {
          const parts = [excerpt.before.slice(0, start), excerpt.before.slice(start, end), text];
          expect(parts.filter((part) => /\p{Surrogate}/u.test(part))).toEqual([]);
        }
      }
      seen += excerpts.length;
    },
  );
  await fc.assert(property, { numRuns: 100 });
  expect(seen).toBeGreaterThan(20);
});
