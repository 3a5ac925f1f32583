import { Readable } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyEdits } from '#toedit/operators/apply-edits';
import { collectExcerpts } from '#toedit/operators/collect-excerpts';
import { refuseBadRows } from '#toedit/operators/dead-letters';
import { readJsonl } from '#toedit/operators/formats/read-jsonl';
import { spliceLines } from '#toedit/operators/formats/write-jsonl';
import { meter } from '#toedit/operators/meter';
import { prefetch } from '#toedit/operators/prefetch';
import { recordEdits, resampleTokens } from '#toedit/operators/resample-tokens';
import { scoreTokens } from '#toedit/operators/score-tokens';
import { dropColumns, takeUntil } from '#toedit/operators/take-rows';
import { tokenize } from '#toedit/operators/tokenize';
import { countsOf, emptyTotals, withCounts } from '#toedit/src/metrics/totals';
import { loadPrior, type Prior } from '#toedit/src/model/load-prior';
import type { Operator } from '#toedit/src/operator';
import { compose } from '#toedit/src/operator';
import { root } from '../sandbox.ts';
import { collect, countedSource } from './text-batch.ts';

const text = 'It was the best of times, it was the worst of times, it was the age of wisdom. ';
const lines = [text.repeat(3), null, text].map((value) => JSON.stringify({ text: value }));
const options = { threshold: 0.5, excludeOriginal: true, topK: 4 };
const scoring = { threshold: options.threshold };

let prior: Prior;
beforeAll(async () => {
  prior = await loadPrior(`${root}models/tiny`, { threads: 1 });
});
afterAll(() => prior.close());

async function through(operator: Operator, batch?: RecordBatch): Promise<RecordBatch> {
  const source =
    batch === undefined
      ? readJsonl(Readable.from([Buffer.from(lines.join('\n'))]))
      : countedSource([batch]).source;
  const [result] = await collect(operator(source));
  if (result === undefined) throw new Error('no record batch');
  return result;
}

/** A batch as it stands before `meter`, all columns added. */
const resampled = (): Promise<RecordBatch> =>
  through(compose(tokenize(prior), scoreTokens(prior, scoring), resampleTokens(prior, options)));

const counted = { ...emptyTotals(), rows: 7, omittedLogprobs: 2 };

describe('the counters of a record batch', () => {
  test('survive each operator behind the one that counted', async () => {
    const tokenised = withCounts(await through(tokenize(prior)), counted);
    const scored = await through(scoreTokens(prior, scoring), tokenised);
    const edited = withCounts(await resampled(), counted);
    const excerpts = { file: 'a', limit: 1 };
    const cases: readonly (readonly [Operator, RecordBatch])[] = [
      [takeUntil(new AbortController().signal), tokenised],
      [scoreTokens(prior, scoring), tokenised],
      [resampleTokens(prior, options), scored],
      [collectExcerpts(prior, [], excerpts), edited],
      [applyEdits(prior, { keep: ['pass_reason'] }), edited],
      [dropColumns(['pass_reason']), edited],
      [prefetch(1), edited],
      [spliceLines(), edited],
    ];
    for (const [operator, batch] of cases) {
      expect(countsOf(await through(operator, batch))).toEqual(counted);
    }
    const good = edited.slice(0, 1);
    expect(countsOf(await through(refuseBadRows(), good))).toEqual(counted);
  });

  test('are costs and counts at the end of the walk', async () => {
    const totals = emptyTotals();
    const walk = compose(
      tokenize(prior),
      scoreTokens(prior, { ...scoring, noteCosts: true }),
      prefetch(1),
      resampleTokens(prior, options),
      meter(totals, { threshold: options.threshold }),
      recordEdits(prior),
    );
    const result = await through(walk);
    expect(result.schema.names).toContain('pass_reason');
    const noted = countsOf(result) ?? emptyTotals();
    expect(noted).toMatchObject({ rows: 3, passed: { null_text: 1 }, microBatches: 1 });
    expect(noted.edits.changed).toBeGreaterThan(0);
    const { microBatches, paddedTokens, readTokens, deviceTokens, deviceBusyMs } = noted;
    const costs = { microBatches, paddedTokens, readTokens, deviceTokens, deviceBusyMs };
    expect(noted).toEqual({ ...totals, ...costs });
    expect(deviceTokens).toBe(noted.scoredTokens);
  });
});
