import type { Field } from 'apache-arrow';
import type { ScoresWanted } from '../inference/micro-batch.ts';
import { badOption } from '../options.ts';
import type { ResamplingOptions } from './options.ts';

/** The metadata of a `token_logprobs` field: none where every token that can have a logprob has one. */
export function scoresMetadata(scores: ScoresWanted): Map<string, string> {
  return new Map(scores === 'eligible' ? [['scores', scores]] : []);
}

/**
 * Refuses to delete tokens where only eligible ones have a logprob.
 *
 * @throws ToeditError `BAD_OPTION`
 */
export function requireAllScores(field: Field, { dropBelow }: ResamplingOptions): void {
  if (dropBelow === null || field.metadata.get('scores') !== 'eligible') return;
  const remedy = "it needs the logprob of every token; score the tokens with scores: 'all'";
  throw badOption('dropBelow', dropBelow, remedy);
}
