import type { RecordBatch } from 'apache-arrow';
import { uniformDraw } from '../../src/random/uniform-draw.ts';
import { type Continuations, drawNext } from './continuations.ts';
import { boundaryTokens } from './count-ngrams.ts';
import { advance, firstContext } from './ngram-model.ts';
import { tokenBatch } from './token-batches.ts';

/** How much is sampled. */
export interface SampleOptions {
  /** Of all documents together; the last one is cut. */
  readonly tokens: number;
  /** Longer documents are cut. */
  readonly longest: number;
  readonly seed: bigint;
}

const documentsABatch = 512;

/** Documents from a model, from their beginning to their end, at temperature 1: batches of `token_ids`. */
export function* sampleCorpus(
  continuations: Continuations,
  { tokens, longest, seed }: SampleOptions,
): Generator<RecordBatch> {
  const { model } = continuations;
  const { end } = boundaryTokens(model);
  const uniform = uniformDraw(seed);
  let rows: Int32Array[] = [];
  let left = tokens;
  for (let low = 0; left > 0; low++) {
    const ids: number[] = [];
    const context = firstContext(model);
    const most = Math.min(longest, left);
    while (ids.length < most) {
      const token = drawNext(continuations, context, uniform({ low, high: 0 }, ids.length));
      if (token === end) break;
      ids.push(token);
      advance(model, context, token);
    }
    left -= ids.length;
    rows.push(Int32Array.from(ids));
    if (rows.length === documentsABatch || left === 0) {
      yield tokenBatch(rows);
      rows = [];
    }
  }
}
