import { Field, LargeUtf8, type RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '#toedit/operators/apply-edits';
import { meter } from '#toedit/operators/meter';
import { resampleTokens } from '#toedit/operators/resample-tokens';
import { sampleEdits } from '#toedit/operators/sample-edits';
import { textColumn } from '#toedit/src/arrow/text-column';
import { editsType } from '#toedit/src/columns';
import { compose } from '#toedit/src/compose';
import { emptyTotals, parseTotals } from '#toedit/src/report/run-totals';
import { editLists } from '#toedit/src/resampling/edit-lists';
import { noteOf } from '#toedit/src/run/journal/note';
import { noteSamples, samplesOf } from '#toedit/src/run/note-samples';
import { splice } from '#toedit/src/text/splice';
import { tokenBytesOf } from '#toedit/src/text/token-bytes';
import { recordBatchOf } from '../record-batch-of.ts';
import { corpusScoring, scoredCorpus, scoredRecordBatch } from '../scored-documents.ts';
import { collect, countedSource } from './text-batch.ts';

const given = { threshold: corpusScoring.threshold, topK: 4, dropBelow: 0.1 };
const samplesIn = ({ metadata }: RecordBatch) => samplesOf(noteOf(metadata) ?? '{}');

describe('sampleEdits', () => {
  test('says what becomes of a row: the first edited one, else the first', async () => {
    let edited = 0;
    const property = fc.asyncProperty(scoredCorpus, async ({ tokenBytes, documents }) => {
      const prior = { tokenBytes };
      const source = countedSource([scoredRecordBatch(documents)]).source;
      const operator = compose(resampleTokens(prior, given), sampleEdits(prior));
      const [batch] = await collect(operator(source));
      if (batch === undefined) throw new Error('no record batch');
      const [after] = await collect(applyEdits(prior)(countedSource([batch]).source));
      const samples = samplesIn(batch);
      expect(samples).toHaveLength(documents.length === 0 ? 0 : 1);
      for (const { row, edits } of samples) {
        const splices = edits.map(({ offset, length, text }) => ({
          start: offset,
          end: offset + length,
          bytes: Buffer.from(text, 'base64'),
        }));
        const text = splice(textColumn(batch, 'text').bytes(row), splices);
        const expected = after === undefined ? undefined : textColumn(after, 'text').bytes(row);
        expect(Buffer.compare(text, expected ?? Buffer.alloc(0))).toBe(0);
        const editsOf = editLists(batch);
        const first = documents.findIndex((_, each) => editsOf(each).length > 0);
        expect(row).toBe(Math.max(0, first));
        edited += edits.length;
      }
    });
    await fc.assert(property, { numRuns: 150 });
    expect(edited).toBeGreaterThan(20);
  });

  const tokenBytes = tokenBytesOf([Buffer.from('a'), Buffer.from('b')]);
  const edit = { position: 0, byte_offset: 0n, old_id: 0, new_id: 1, logprob: -0.5 };

  function batchOf(texts: readonly string[], isEdited: (row: number) => boolean): RecordBatch {
    return recordBatchOf([
      { field: new Field('text', new LargeUtf8(), true), values: texts },
      {
        field: new Field('edits', editsType, true),
        values: texts.map((_, row) => (isEdited(row) ? [edit] : [])),
      },
    ]);
  }

  const sampledRows = async (batches: readonly RecordBatch[], firstRow?: number) => {
    const source = countedSource(batches).source;
    const results = await collect(sampleEdits({ tokenBytes }, { firstRow })(source));
    expect(results.map(({ numRows }) => numRows)).toEqual(batches.map(({ numRows }) => numRows));
    return results.flatMap(samplesIn).map(({ row }) => row);
  };

  test('takes few rows of a file, the same after a resumption', async () => {
    const rows = Array.from({ length: 300 }, () => batchOf(['a'], () => true));
    const whole = await sampledRows(rows);
    expect(whole).toEqual([0, 1, 4, 16, 64, 256]);
    const cuts = fc.asyncProperty(fc.nat(300), async (cut) => {
      const parts = [
        await sampledRows(rows.slice(0, cut)),
        await sampledRows(rows.slice(cut), cut),
      ];
      expect(parts.flat()).toEqual(whole);
    });
    await fc.assert(cuts, { numRuns: 20 });
    const far = [4 ** 14, 4 ** 15].map((firstRow) => sampledRows(rows.slice(0, 1), firstRow));
    expect(await Promise.all(far)).toEqual([[4 ** 14], []]);
  });

  test('leaves out long texts', async () => {
    const long = 'a'.repeat(2 ** 16 + 1);
    const short = 'a'.repeat(2 ** 16);
    expect(await sampledRows([batchOf([long, 'a', short], (row) => row !== 1)])).toEqual([2]);
    expect(await sampledRows([batchOf([long, 'a'], (row) => row === 0)])).toEqual([1]);
    expect(await sampledRows([batchOf([long], () => true)])).toEqual([]);
  });

  test('stands beside the totals in the note, before and after them', async () => {
    const batch = batchOf(['a'], () => true);
    const sample = sampleEdits({ tokenBytes });
    for (const operators of [
      [meter(emptyTotals()), sample],
      [sample, meter(emptyTotals())],
    ] as const) {
      const [result] = await collect(compose(...operators)(countedSource([batch]).source));
      const note = noteOf(result?.metadata ?? new Map()) ?? '';
      expect(parseTotals(note)).toEqual({ ...emptyTotals(), rows: 1, textBytes: 1 });
      expect(samplesOf(note)).toEqual([
        { row: 0, edits: [{ offset: 0, length: 1, text: Buffer.from('b').toString('base64') }] },
      ]);
    }
    expect(samplesIn(noteSamples(batch, []))).toEqual([]);
  });

  test('refuses a first row that is none', () => {
    expect(() => sampleEdits({ tokenBytes }, { firstRow: 0.5 })).toThrow('firstRow');
  });
});
