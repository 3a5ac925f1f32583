import type { Operator } from '../../src/operator.ts';
import { uniformDraw } from '../../src/random/uniform-draw.ts';
import type { Candidates } from '../../src/resampling/draw-candidate.ts';
import { rowResampler } from '../../src/resampling/resample-row.ts';
import { leastLogprob, type ResamplingOptions } from '../../src/resampling/resampling-options.ts';
import type { ScoredRow } from '../../src/resampling/scored-batch.ts';
import type { TokenBytes } from '../../src/text/token-bytes.ts';
import { type Continuations, drawNext, likeliest } from './continuations.ts';
import { advance, firstContext, probability } from './ngram-model.ts';
import { tokenBatch, tokenRows } from './token-batches.ts';

/** How tokens are edited, and what is counted of it. */
export interface EditOptions {
  readonly tokenBytes: TokenBytes;
  readonly resampling: ResamplingOptions;
  readonly seed: bigint;
  readonly tally: EditTally;
}

/** Tokens at or above the threshold, and those that another one replaced. */
export interface EditTally {
  eligible: number;
  changed: number;
}

/**
 * Edits `token_ids` by the rule of the product, with an n-gram model as the prior: its own kernel decides, from the probabilities and the
 * likeliest tokens behind the unedited text. Rows keep their number of tokens.
 */
export function editWithNgrams(prior: Continuations, options: EditOptions): Operator {
  const { tokenBytes, resampling, seed, tally } = options;
  const resampleRow = rowResampler({
    ...{ tokenBytes, options: resampling },
    uniform: uniformDraw(seed),
  });
  return async function* editWithNgrams(source) {
    let low = 0;
    for await (const batch of source) {
      const rows = Array.from(tokenRows(batch), (tokenIds) => {
        const scored = scoreRow(prior, tokenIds, resampling);
        const { edits, counts } = resampleRow(scored, { low: low++, high: 0 });
        tally.eligible += counts.eligible;
        tally.changed += counts.changed;
        const edited = tokenIds.slice();
        for (const { position, newId } of edits) if (newId !== null) edited[position] = newId;
        return edited;
      });
      yield tokenBatch(rows);
    }
  };
}

/** A row as the product's `scoreTokens` would give it, with an n-gram model in the place of a neural one. */
export function scoreRow(
  prior: Continuations,
  tokenIds: Int32Array,
  { threshold, inclusive, topK }: ResamplingOptions,
): ScoredRow {
  const { model } = prior;
  const least = leastLogprob(threshold, inclusive);
  const context = firstContext(model);
  const logprobs = new Float32Array(tokenIds.length);
  const positions: number[] = [];
  const candidates: Candidates[] = [];
  tokenIds.forEach((token, position) => {
    const logprob = Math.fround(Math.log(probability(model, context, token)));
    logprobs[position] = logprob;
    if (logprob >= least) {
      positions.push(position);
      candidates.push(candidatesOf(prior, context, topK));
    }
    advance(model, context, token);
  });
  const none: Candidates = { ids: new Int32Array(), logprobs: new Float32Array() };
  return {
    ...{ tokenIds, logprobs, positions: Int32Array.from(positions), place: {} },
    candidates: (index) => candidates[index] ?? none,
  };
}

function candidatesOf(prior: Continuations, context: Int32Array, topK: number): Candidates {
  const { ids, probabilities } = likeliest(prior, context, topK);
  return { ids: Int32Array.from(ids), logprobs: Float32Array.from(probabilities, Math.log) };
}

/** How many tokens are replaced, whichever they are. */
export interface RandomEditOptions {
  /** The chance of each token, in [0, 1]. */
  readonly rate: number;
  readonly seed: bigint;
  readonly tally: EditTally;
}

/** The control: tokens anywhere are replaced by draws from the model's unigrams, whatever the text says. */
export function editAtRandom(prior: Continuations, options: RandomEditOptions): Operator {
  const { rate, seed, tally } = options;
  const uniform = uniformDraw(seed);
  const anywhere = new Int32Array(prior.model.order).fill(-1, 1);
  return async function* editAtRandom(source) {
    let low = 0;
    for await (const batch of source) {
      const rows = Array.from(tokenRows(batch), (tokenIds) => {
        const key = { low: low++, high: 0 };
        return tokenIds.map((token, position) => {
          const drawn = uniform(key, 2 * position);
          if (drawn >= rate) return token;
          const other = drawNext(prior, anywhere, uniform(key, 2 * position + 1));
          if (other === token || other >= prior.model.vocabulary) return token;
          tally.changed++;
          return other;
        });
      });
      yield tokenBatch(rows);
    }
  };
}
