import type { Field } from 'apache-arrow';
import { ToeditError } from '../errors.ts';
import type { ScoresWanted } from '../inference/micro-batch.ts';
import { badOption } from '../options.ts';
import { leastLogprob, type ResamplingOptions } from './resampling-options.ts';

/** Which tokens were given candidates, and how many: the metadata of the `candidates` field. */
export type ScoringRule = Pick<ResamplingOptions, 'threshold' | 'inclusive' | 'topK'>;

/** The metadata of a `candidates` field: decimal or boolean text; the threshold `null` where none was applied. */
export function scoringMetadata({ threshold, inclusive, topK }: ScoringRule): Map<string, string> {
  return new Map([
    ['threshold', String(threshold)],
    ['inclusive', String(inclusive)],
    ['topK', String(topK)],
  ]);
}

/**
 * The rule that a `candidates` field was scored by.
 *
 * @throws ToeditError `COLUMN_TYPE` where its metadata do not say.
 */
export function scoringRuleOf(field: Field): ScoringRule {
  const text = field.metadata.get('threshold') ?? '';
  const threshold = text === 'null' ? null : Number.parseFloat(text);
  const inclusive = field.metadata.get('inclusive');
  const topK = Number(field.metadata.get('topK'));
  const isComplete = !Number.isNaN(threshold) && (inclusive === 'true' || inclusive === 'false');
  if (isComplete && topK >= 1) return { threshold, inclusive: inclusive === 'true', topK };
  throw new ToeditError(
    'COLUMN_TYPE',
    `column ${JSON.stringify(field.name)} lacks the metadata threshold, inclusive and topK: score the tokens again`,
  );
}

/**
 * Refuses options that need candidates which were not scored. A higher threshold or fewer candidates need none.
 *
 * @throws ToeditError `BAD_OPTION`
 */
export function requireScored(scored: ScoringRule, options: ResamplingOptions): void {
  if (options.threshold === null) return;
  const least = leastLogprob(options.threshold, options.inclusive);
  if (least < leastLogprob(scored.threshold, scored.inclusive)) {
    const asked = comparison(options.threshold, options.inclusive);
    const had =
      scored.threshold === null ? 'no token' : comparison(scored.threshold, scored.inclusive);
    refuse('threshold', `${asked}: candidates were scored for ${had}; ask for no more tokens`);
  }
  if (options.topK > scored.topK) {
    refuse('topK', `${options.topK}: ${scored.topK} candidates were scored; ask for no more`);
  }
}

function comparison(threshold: number, inclusive: boolean): string {
  return `P ${inclusive ? '>=' : '>'} ${threshold}`;
}

function refuse(name: string, problem: string): never {
  throw new ToeditError('BAD_OPTION', `${name} is ${problem}, or score the tokens again with it`);
}

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
