import { type DataType, Field, Int64, type RecordBatch, Utf8 } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ResampleTokensOptions, resampleTokens } from '#toedit/operators/resample-tokens';
import { columnOf, withColumns, withoutColumns } from '#toedit/src/arrow/columns';
import { editCountNames } from '#toedit/src/columns';
import { type Edit, editLists } from '#toedit/src/resampling/edits';
import { type TokenBytes, tokenBytesOf } from '#toedit/src/text/token-bytes';
import { recordBatchOf } from '../record-batch-of.ts';
import {
  corpusScoring,
  drawnFrom,
  type ScoredDocument,
  scoredCorpus,
  scoredRecordBatch,
} from '../scored-documents.ts';

const options: fc.Arbitrary<ResampleTokensOptions> = fc.record({
  threshold: fc.option(fc.constantFrom(0.3, 0.5, 0.9), { freq: 5 }),
  inclusive: fc.boolean(),
  topK: fc.integer({ min: 1, max: 6 }),
  temperature: fc.constantFrom(1, 1.5, 5),
  excludeOriginal: fc.boolean(),
  dropBelow: fc.option(fc.constantFrom(0.1, 0.3)),
  seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});

async function resample(
  batches: readonly RecordBatch[],
  tokenBytes: TokenBytes,
  given: ResampleTokensOptions,
): Promise<RecordBatch[]> {
  const source = (async function* () {
    yield* batches;
  })();
  const results: RecordBatch[] = [];
  for await (const batch of resampleTokens({ tokenBytes }, given)(source)) results.push(batch);
  return results;
}

/** A row's edits and counts as plain values; undefined edits where the row passes unedited. */
interface RowResult {
  readonly edits: readonly Edit[] | undefined;
  readonly counts: Readonly<Record<string, number>>;
}

function resultsOf(batches: readonly RecordBatch[]): RowResult[] {
  return batches.flatMap((batch) => {
    const edits = editLists(batch);
    return Array.from({ length: batch.numRows }, (_, row) => ({
      edits: batch.getChild('edits')?.isValid(row) ? edits(row) : undefined,
      counts: batch.getChild('edit_counts')?.get(row).toJSON(),
    }));
  });
}

describe('resampleTokens', () => {
  test('counts every token it looked at, and lists what it changed', async () => {
    await fc.assert(
      fc.asyncProperty(scoredCorpus, options, async ({ tokenBytes, documents }, given) => {
        const rows = resultsOf(await resample([scoredRecordBatch(documents)], tokenBytes, given));
        rows.forEach(({ edits, counts }, index) => {
          const { text, tokenIds, logprobs } = documents[index] as ScoredDocument;
          expect(Object.keys(counts)).toEqual(editCountNames);
          expect(edits === undefined).toBe(text === null);
          const listed = edits ?? [];
          const { drawn = 0, eligible = 0, changed = 0 } = counts;
          expect(drawn).toBeLessThanOrEqual(eligible);
          expect(changed).toBeLessThanOrEqual(drawn);
          expect(changed).toBe(listed.filter(({ newId }) => newId !== null).length);
          expect(counts['deleted']).toBe(listed.filter(({ newId }) => newId === null).length);
          listed.forEach((edit, place) => {
            expect(edit.position).toBeGreaterThan(listed[place - 1]?.position ?? -1);
            expect(edit.oldId).toBe(tokenIds[edit.position]);
            expect(edit.newId).not.toBe(edit.oldId);
            expect(edit.logprob).toBe(logprobs[edit.position]);
            const before = tokenIds.slice(0, edit.position);
            const offset = before.reduce((sum, id) => sum + tokenBytes.length(id), 0);
            expect(edit.byteOffset).toBe(offset);
            expect(tokenBytes.isSpecial(edit.newId ?? 0)).toBe(false);
            expect([edit.newLogprob, edit.rank]).toEqual(drawnFrom(documents[index], edit));
          });
        });
      }),
    );
  });

  test('gives a row the same edits in any batch', async () => {
    const cuts = fc.array(fc.nat(), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(scoredCorpus, options, cuts, async (corpus, given, places) => {
        const { tokenBytes, documents } = corpus;
        const batch = scoredRecordBatch(documents);
        const at = places.map((place) => place % (documents.length + 1)).sort((a, b) => a - b);
        const bounds = [0, ...at, documents.length];
        const slices = bounds.slice(1).map((end, index) => batch.slice(bounds[index], end));
        const whole = resultsOf(await resample([batch], tokenBytes, given));
        expect(resultsOf(await resample(slices, tokenBytes, given))).toEqual(whole);
      }),
    );
  });

  test('gives a row the same edits at any place among the rows', async () => {
    await fc.assert(
      fc.asyncProperty(scoredCorpus, options, fc.nat(), async (corpus, given, turn) => {
        const { tokenBytes, documents } = corpus;
        const order = documents.map((_, index) => (index + turn) % documents.length).reverse();
        const shuffled = order.map((index) => documents[index] as ScoredDocument);
        const whole = resultsOf(await resample([scoredRecordBatch(documents)], tokenBytes, given));
        const other = resultsOf(await resample([scoredRecordBatch(shuffled)], tokenBytes, given));
        expect(other).toEqual(order.map((index) => whole[index]));
      }),
    );
  });

  test('takes the same decisions from tokens scored for more', async () => {
    const narrow = { threshold: 0.9, topK: 3, excludeOriginal: true };
    await fc.assert(
      fc.asyncProperty(scoredCorpus, async ({ tokenBytes, documents }) => {
        const narrowed = documents.map((document) => ({
          ...document,
          candidates: document.candidates
            .filter(({ logprobs }) => (logprobs[0] ?? 0) >= Math.fround(Math.log(0.9)))
            .map(({ position, token_ids, logprobs }) => ({
              position,
              token_ids: token_ids.slice(0, 3),
              logprobs: logprobs.slice(0, 3),
            })),
        }));
        const wide = resultsOf(await resample([scoredRecordBatch(documents)], tokenBytes, narrow));
        const exact = resultsOf(await resample([scoredRecordBatch(narrowed)], tokenBytes, narrow));
        expect(exact).toEqual(wide);
      }),
    );
  });

  test('needs no candidates where nothing is redrawn', async () => {
    await fc.assert(
      fc.asyncProperty(scoredCorpus, async ({ tokenBytes, documents }) => {
        const batch = withoutColumns(scoredRecordBatch(documents), ['candidates']);
        const rows = resultsOf(
          await resample([batch], tokenBytes, { preset: 'filtering', dropBelow: 0.3 }),
        );
        for (const { counts } of rows) expect(counts['eligible']).toBe(0);
        const low = documents.flatMap(({ logprobs }) =>
          logprobs.filter((logprob) => logprob !== null && logprob < Math.fround(Math.log(0.3))),
        );
        const total = (name: string): number =>
          rows.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
        expect(total('deleted') + total('refused_utf8')).toBe(low.length);
      }),
    );
  });

  test('stops where it is aborted, and closes its source', async () => {
    let isClosed = false;
    const source = (async function* () {
      try {
        for (;;) yield scoredRecordBatch([]);
      } finally {
        isClosed = true;
      }
    })();
    const controller = new AbortController();
    const { signal } = controller;
    const stream = resampleTokens({ tokenBytes: tokenBytesOf([]) }, { topK: 6 })(source, {
      signal,
    });
    const consume = async (): Promise<void> => {
      for await (const _ of stream) controller.abort(new Error('enough'));
    };
    await expect(consume()).rejects.toThrow('enough');
    expect(isClosed).toBe(true);
  });

  test('hands on an empty record batch with its columns', async () => {
    const [batch] = await resample([scoredRecordBatch([])], tokenBytesOf([]), { topK: 6 });
    expect(batch?.numRows).toBe(0);
    const names = batch?.schema.fields.map(({ name }) => name);
    expect(names?.slice(-2)).toEqual(['edits', 'edit_counts']);
  });
});

/** "a" twice, each redrawn as "b" or "c" with even odds. */
const letters = tokenBytesOf(['a', 'b', 'c'].map((letter) => Buffer.from(letter)));
const coin: ScoredDocument = {
  text: 'aaaaaaaaaaaaaaaa',
  tokenIds: Array.from({ length: 16 }, () => 0),
  logprobs: Array.from({ length: 16 }, () => -0.5),
  candidates: Array.from({ length: 16 }, (_, position) => ({
    position,
    token_ids: [0, 1, 2],
    logprobs: [-0.5, -2, -2],
  })),
};
const tossed: ResampleTokensOptions = { threshold: 0.5, topK: 3, excludeOriginal: true };

async function newIds(batch: RecordBatch, given: ResampleTokensOptions): Promise<unknown[]> {
  const rows = resultsOf(await resample([batch], letters, { ...tossed, ...given }));
  return rows.map(({ edits }) => edits?.map(({ newId }) => newId).join(''));
}

function keyed(values: readonly unknown[], type: DataType): RecordBatch {
  const key = recordBatchOf([{ field: new Field('id', type, true), values }]);
  return withColumns(scoredRecordBatch(values.map(() => coin)), [columnOf(key, 'id')]);
}

describe('the key of the draws', () => {
  test('is the text, so equal texts get equal edits', async () => {
    const [first, second] = await newIds(scoredRecordBatch([coin, coin]), {});
    expect(second).toBe(first);
  });

  test('is a named column where asked for: strings and whole numbers alike', async () => {
    const strings = await newIds(keyed(['7', '8', null], new Utf8()), { keyColumn: 'id' });
    const numbers = await newIds(keyed([7n, 8n, null], new Int64()), { keyColumn: 'id' });
    expect(numbers).toEqual(strings);
    expect(new Set(strings).size).toBe(3);
    expect(strings[2]).toBe((await newIds(scoredRecordBatch([coin]), {}))[0]);
  });

  test('comes with the seed', async () => {
    const batch = scoredRecordBatch([coin]);
    const seeds = [0n, 1n, 2n ** 32n, 2n ** 64n - 1n];
    const drawn = await Promise.all(seeds.map((seed) => newIds(batch, { seed })));
    expect(new Set(drawn.flat()).size).toBe(seeds.length);
    expect(await newIds(batch, {})).toEqual(drawn[0]);
  });
});

describe('resampleTokens refuses', () => {
  const batch = scoredRecordBatch([coin]);
  const run = (given: ResampleTokensOptions, input = batch): Promise<RecordBatch[]> =>
    resample([input], letters, given);

  test('bad options before the first record batch', () => {
    expect(() => resampleTokens({ tokenBytes: letters }, { preset: 'x' })).toThrow('preset is "x"');
    expect(() => resampleTokens({ tokenBytes: letters }, { seed: -1n })).toThrow('seed is -1');
  });

  test.each<[ResampleTokensOptions, string]>([
    [
      { threshold: 0.2, topK: 3 },
      'threshold is P >= 0.2: candidates were scored for P >= 0.3; ask for no more tokens, or score the tokens again with it',
    ],
    [
      { threshold: 0.3, topK: 7 },
      'topK is 7: 6 candidates were scored; ask for no more, or score the tokens again with it',
    ],
  ])('more than was scored: %o', async (given, message) => {
    await expect(run(given)).rejects.toMatchObject({ code: 'BAD_OPTION', message });
  });

  test('at the same threshold only what is asked beyond it', async () => {
    const { data, field } = columnOf(batch, 'candidates');
    const metadata = new Map(field.metadata).set('inclusive', 'false');
    const exclusive = withColumns(batch, [{ field: field.clone({ metadata }), data }]);
    const at = { threshold: corpusScoring.threshold, topK: 3 };
    await expect(run({ ...at, inclusive: true }, exclusive)).rejects.toThrow('P >= 0.3');
    await expect(run({ ...at, inclusive: false }, exclusive)).resolves.toHaveLength(1);
    await expect(run({ ...at, inclusive: false })).resolves.toHaveLength(1);
  });

  test('candidates without the rule they were scored by', async () => {
    const { data, field } = columnOf(batch, 'candidates');
    const bare = withColumns(batch, [{ field: field.clone({ metadata: new Map() }), data }]);
    await expect(run(tossed, bare)).rejects.toMatchObject({ code: 'COLUMN_TYPE' });
  });

  test('columns that are missing, of another type, or there already', async () => {
    const lacking = withoutColumns(batch, ['token_logprobs']);
    await expect(run(tossed, lacking)).rejects.toMatchObject({ code: 'COLUMN_MISSING' });
    const { data } = columnOf(batch, 'text');
    const other = withColumns(batch, [{ field: new Field('token_ids', new Utf8(), true), data }]);
    await expect(run(tossed, other)).rejects.toMatchObject({ code: 'COLUMN_TYPE' });
    const [edited] = await run(tossed);
    await expect(run(tossed, edited)).rejects.toMatchObject({ code: 'COLUMN_EXISTS' });
  });

  test.each<[string, ScoredDocument, string]>([
    [
      'text of another length',
      { ...coin, text: 'aaa' },
      'row 1: its tokens have 16 bytes, its text 3',
    ],
    ['too few log-probabilities', { ...coin, logprobs: [0] }, 'row 1 has 16 tokens, but 1 log-'],
    [
      'candidates out of order',
      { ...coin, candidates: coin.candidates.toReversed() },
      'candidates of position 14 are out of order',
    ],
  ])('tokens that contradict the row: %s', async (_, row, message) => {
    await expect(run(tossed, scoredRecordBatch([coin, row]))).rejects.toMatchObject({
      code: 'COLUMN_MISMATCH',
      message: expect.stringContaining(message),
      place: { recordBatch: 0, row: 1 },
    });
  });
});
