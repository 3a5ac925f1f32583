import { Field, type RecordBatch, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meter } from '#toedit/operators/meter';
import { resampleTokens } from '#toedit/operators/resample-tokens';
import { editCountNames, passReasonType } from '#toedit/src/columns';
import {
  addTotals,
  countsOf,
  emptyTotals,
  probabilityBins,
  type RunTotals,
  withCounts,
} from '#toedit/src/metrics/totals';
import { recordBatchOf } from '../record-batch-of.ts';
import { scoresOf } from '../score-texts.ts';
import { corpusScoring, scoredCorpus, scoredRecordBatch } from '../scored-documents.ts';
import { collect, countedSource, numbered, textBatch } from './text-batch.ts';

async function metered(
  batches: readonly RecordBatch[],
  options: Parameters<typeof meter>[1] = {},
): Promise<RunTotals> {
  const totals = emptyTotals();
  const passed = await collect(meter(totals, options)(countedSource(batches).source));
  expect(passed).toHaveLength(batches.length);
  const noted = emptyTotals();
  passed.forEach((batch, i) => {
    expect(batch.schema).toEqual(batches[i]?.schema);
    expect(batch.numRows).toBe(batches[i]?.numRows);
    batch.data.children.forEach((column, at) => expect(column).toBe(batches[i]?.data.children[at]));
    addTotals(noted, countsOf(batch) ?? emptyTotals());
  });
  expect(noted).toEqual(totals);
  return totals;
}

/** The same counts, row by row. */
function naiveTotals(batches: readonly RecordBatch[], threshold: number): RunTotals {
  const totals = emptyTotals();
  const rows = batches.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, row) => ({
      scores: scoresOf(batch, row),
      cell: (name: string) => batch.getChild(name)?.get(row) as unknown,
    })),
  );
  for (const { scores, cell } of rows) {
    totals.rows++;
    totals.textBytes += Buffer.byteLength((cell('text') as string | null) ?? '');
    totals.tokens += scores.tokenIds?.length ?? 0;
    const counts = cell('edit_counts') as Record<string, number>;
    for (const name of editCountNames) totals.edits[name] += counts[name] ?? Number.NaN;
  }
  const logprobs = rows.flatMap(({ scores }) => scores.logprobs ?? []).filter(isNumber);
  const margins = logprobs.map((logprob) => Math.abs(logprob - Math.fround(Math.log(threshold))));
  const above = (bound: number | undefined) =>
    logprobs.filter((logprob) => logprob >= Math.fround(Math.log(bound ?? Number.NaN))).length;
  return {
    ...totals,
    scoredTokens: logprobs.length,
    surprise: logprobs.reduce((sum, logprob) => sum - Math.round(logprob * 2 ** 20) / 2 ** 20, 0),
    probabilityHistogram: probabilityBins.map(
      (bound, bin) => above(bound) - above(probabilityBins[bin + 1]),
    ),
    smallestMargin: Math.min(...margins),
  };
}

const isNumber = (value: number | null): value is number => value !== null;

describe('meter', () => {
  test('adds up what a row-by-row count does, of sliced batches too', async () => {
    const { threshold } = corpusScoring;
    const property = fc.asyncProperty(
      scoredCorpus,
      fc.nat(6),
      async ({ tokenBytes, documents }, cut) => {
        const whole = scoredRecordBatch(documents);
        const resample = resampleTokens({ tokenBytes }, { threshold, topK: 2, dropBelow: 0.1 });
        const [batch] = await collect(resample(countedSource([whole]).source));
        const batches = batch === undefined ? [] : [batch.slice(0, cut), batch.slice(cut)];
        expect(await metered(batches, { threshold })).toEqual(naiveTotals(batches, threshold));
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test('from the bin of the threshold on, the histogram counts what is eligible', async () => {
    const { threshold } = corpusScoring;
    const first = probabilityBins.indexOf(threshold);
    expect(first).toBeGreaterThan(0);
    const property = fc.asyncProperty(scoredCorpus, async ({ tokenBytes, documents }) => {
      const resample = resampleTokens({ tokenBytes }, { threshold, topK: 2 });
      const batch = scoredRecordBatch(documents);
      const batches = await collect(resample(countedSource([batch]).source));
      const { probabilityHistogram, edits } = await metered(batches, { threshold });
      const eligible = probabilityHistogram.slice(first).reduce((sum, count) => sum + count, 0);
      expect(eligible).toBe(edits.eligible);
    });
    await fc.assert(property, { numRuns: 30 });
  });

  test('counts why rows pass', async () => {
    const reasons = [null, 'null_text', 'invalid_utf8', 'null_text', 'tokenizer_mismatch'];
    const batch = recordBatchOf([
      { field: new Field('text', new Utf8(), true), values: ['a', null, 'b', null, 'é'] },
      { field: new Field('pass_reason', passReasonType, true), values: reasons },
    ]);
    const totals = await metered([batch, batch.slice(1, 3), batch.slice(0, 0)]);
    expect(totals.passed).toEqual({
      null_text: 3,
      not_text: 0,
      not_json: 0,
      over_byte_limit: 0,
      invalid_utf8: 2,
      tokenizer_mismatch: 1,
      tokenizer_failed: 0,
      inference_failed: 0,
    });
    expect(totals).toMatchObject({ rows: 7, textBytes: 5, tokens: 0 });
  });

  test('needs none of the added columns, and no threshold', async () => {
    const totals = await metered([textBatch(numbered(['ab', null, 'é'])), textBatch([])]);
    expect(totals).toEqual({ ...emptyTotals(), rows: 3, textBytes: 4 });
  });

  test('adds to the counters that a batch brings', async () => {
    const brought = { ...emptyTotals(), rows: 5, microBatches: 2 };
    const batch = withCounts(textBatch(numbered(['ab', null])), brought);
    const totals = emptyTotals();
    const [passed] = await collect(meter(totals)(countedSource([batch]).source));
    expect(passed && countsOf(passed)).toMatchObject({ rows: 7, textBytes: 2, microBatches: 2 });
    expect(countsOf(batch)).toEqual(brought);
    expect(totals).toEqual({ ...emptyTotals(), rows: 2, textBytes: 2 });
  });

  test('refuses a missing text column', async () => {
    await expect(
      metered([textBatch(numbered(['a']))], { textColumn: 'body' }),
    ).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
    });
  });
});
