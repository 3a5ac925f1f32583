import {
  Binary,
  type DataType,
  LargeBinary,
  LargeUtf8,
  type RecordBatch,
  Utf8,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '#toedit/operators/apply-edits';
import { type ResampleTokensOptions, resampleTokens } from '#toedit/operators/resample-tokens';
import { textColumn } from '#toedit/src/arrow/text-column';
import { columnNames } from '#toedit/src/columns';
import type { Edit } from '#toedit/src/resampling/edits';
import { editLists } from '#toedit/src/resampling/edits';
import { type Splice, splice } from '#toedit/src/text/splice';
import { type TokenBytes, tokenBytesOf } from '#toedit/src/text/token-bytes';
import { isValidUtf8 } from '#toedit/src/text/utf8';
import { type ScoredDocument, scoredCorpus, scoredRecordBatch } from '../scored-documents.ts';
import { collect, countedSource } from './text-batch.ts';

const options: fc.Arbitrary<ResampleTokensOptions> = fc.record({
  threshold: fc.constant(0.3),
  topK: fc.integer({ min: 2, max: 6 }),
  temperature: fc.constantFrom(1, 5),
  excludeOriginal: fc.boolean(),
  dropBelow: fc.option(fc.constant(0.3)),
  seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});

const textTypes: fc.Arbitrary<DataType> = fc.constantFrom(
  new Utf8(),
  new LargeUtf8(),
  new Binary(),
  new LargeBinary(),
);

async function edit(
  batch: RecordBatch,
  tokenBytes: TokenBytes,
  given: ResampleTokensOptions,
): Promise<RecordBatch> {
  const source = (async function* () {
    yield batch;
  })();
  const prior = { tokenBytes };
  const edited = applyEdits(prior, { report: true })(resampleTokens(prior, given)(source));
  for await (const result of edited) return result;
  throw new Error('no record batch');
}

/** What takes an edited text back, by the report alone. */
function inverse(edits: readonly Edit[], tokenBytes: TokenBytes): Splice[] {
  let growth = 0;
  return edits.map(({ byteOffset, oldId, newId }) => {
    const start = byteOffset + growth;
    const length = newId === null ? 0 : tokenBytes.length(newId);
    growth += length - tokenBytes.length(oldId);
    return { start, end: start + length, bytes: tokenBytes.bytes(oldId) };
  });
}

describe('applyEdits', () => {
  test('leaves UTF-8, keeps nulls and the type, and can be taken back from the report', async () => {
    await fc.assert(
      fc.asyncProperty(scoredCorpus, options, textTypes, async (corpus, given, type) => {
        const { tokenBytes, documents } = corpus;
        const result = await edit(scoredRecordBatch(documents, type), tokenBytes, given);
        expect(String(result.schema.fields[0]?.type)).toBe(String(type));
        const text = textColumn(result, 'text');
        const edits = editLists(result);
        documents.forEach((document, row) => {
          expect(text.isNull(row)).toBe(document.text === null);
          expect(isValidUtf8(text.bytes(row))).toBe(true);
          const before = splice(text.bytes(row), inverse(edits(row), tokenBytes));
          expect(Buffer.from(before).toString()).toBe(document.text ?? '');
        });
      }),
      { numRuns: 300 },
    );
  });

  test('changes the named tokens and no other byte', async () => {
    await fc.assert(
      fc.asyncProperty(scoredCorpus, options, async ({ tokenBytes, documents }, given) => {
        const result = await edit(scoredRecordBatch(documents), tokenBytes, given);
        const text = textColumn(result, 'text');
        const edits = editLists(result);
        documents.forEach(({ tokenIds }, row) => {
          const newIds = new Map(edits(row).map(({ position, newId }) => [position, newId]));
          const pieces = tokenIds.map((oldId, position) => {
            const newId = newIds.has(position) ? newIds.get(position) : oldId;
            return tokenBytes.bytes(newId ?? -1);
          });
          expect(Buffer.compare(text.bytes(row), Buffer.concat(pieces))).toBe(0);
        });
      }),
    );
  });

  test('does edit: the properties above are not about nothing', async () => {
    let changed = 0;
    let deleted = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(scoredCorpus, options, async ({ tokenBytes, documents }, given) => {
        const prior = { tokenBytes };
        const source = (async function* () {
          yield scoredRecordBatch(documents);
        })();
        for await (const batch of resampleTokens(prior, given)(source)) {
          const counts = batch.getChild('edit_counts')?.toArray() ?? [];
          for (const row of counts) {
            changed += row.changed;
            deleted += row.deleted;
            refused += row.refused_utf8 + row.refused_special;
          }
        }
      }),
      { seed: 1, numRuns: 200 },
    );
    expect(changed).toBeGreaterThan(500);
    expect(deleted).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(500);
  });

  const letters = tokenBytesOf(['a', 'bcd'].map((letter) => Buffer.from(letter)));
  const document: ScoredDocument = {
    text: 'aaa',
    tokenIds: [0, 0, 0],
    logprobs: [null, -0.5, -9],
    candidates: [{ position: 1, token_ids: [0, 1], logprobs: [-0.5, -1] }],
  };
  const given = { threshold: 0.5, topK: 2, excludeOriginal: true, dropBelow: 0.001 };

  async function resampled(documents: readonly ScoredDocument[]): Promise<RecordBatch> {
    const source = (async function* () {
      yield scoredRecordBatch(documents);
    })();
    for await (const batch of resampleTokens({ tokenBytes: letters }, given)(source)) return batch;
    throw new Error('no record batch');
  }

  async function apply(batch: RecordBatch, report?: boolean): Promise<RecordBatch> {
    const source = (async function* () {
      yield batch;
    })();
    for await (const result of applyEdits({ tokenBytes: letters }, { report })(source))
      return result;
    throw new Error('no record batch');
  }

  test('drops what was added on the way, but for the report where asked for', async () => {
    const batch = await resampled([document]);
    const names = (result: RecordBatch): string[] => result.schema.fields.map(({ name }) => name);
    const result = await apply(batch);
    expect(result.getChild('text')?.toArray()).toEqual(['abcd']);
    expect(names(result)).toEqual(['text']);
    const reported = await apply(batch, true);
    expect(names(reported)).toEqual(['text', 'edits']);
    expect(
      reported
        .getChild('edits')
        ?.get(0)
        ?.toArray()
        .map((item: object) => ({ ...item })),
    ).toEqual([
      {
        position: 1,
        byte_offset: 1n,
        old_id: 0,
        new_id: 1,
        logprob: -0.5,
        new_logprob: -1,
        rank: 2,
      },
      {
        position: 2,
        byte_offset: 2n,
        old_id: 0,
        new_id: null,
        logprob: -9,
        new_logprob: null,
        rank: null,
      },
    ]);
  });

  test('keeps the added columns that it is asked to keep', async () => {
    const names = Object.values(columnNames);
    const batch = await resampled([document]);
    const source = () => countedSource([batch]).source;
    const property = fc.asyncProperty(fc.subarray(names), fc.boolean(), async (keep, report) => {
      const operator = applyEdits({ tokenBytes: letters }, { keep, report });
      const [result] = await collect(operator(source()));
      const expected = batch.schema.names.filter(
        (name) =>
          name === 'text' || (report && name === 'edits') || keep.some((kept) => kept === name),
      );
      expect(result?.schema.names).toEqual(expected);
      expect(result?.getChild('text')?.get(0)).toBe('abcd');
    });
    await fc.assert(property);
  });

  test('does not copy the texts of a batch without edits', async () => {
    const batch = await resampled([{ ...document, logprobs: [null, null, null] }]);
    const result = await apply(batch);
    expect(textColumn(result, 'text').bytes(0).buffer).toBe(
      textColumn(batch, 'text').bytes(0).buffer,
    );
  });

  test('hands on an empty record batch', async () => {
    expect((await apply(await resampled([]))).numRows).toBe(0);
  });

  test('refuses edits of another text', async () => {
    const batch = await resampled([document]);
    const once = await apply(batch, true);
    await expect(apply(once)).rejects.toMatchObject({
      code: 'COLUMN_MISMATCH',
      message:
        'row 0: the text has no token 0 at byte 1; apply edits once, to the text and with the prior that they were drawn for',
      place: { recordBatch: 0, row: 0 },
    });
  });

  test('refuses a batch without edits', async () => {
    await expect(apply(scoredRecordBatch([document]))).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
    });
  });
});
