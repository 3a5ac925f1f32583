import type { RecordBatch } from 'apache-arrow';
import { type ScoreTokensOptions, type Scoring, scoreTokens } from '#toedit/operators/score-tokens';
import { type Tokenizing, tokenize } from '#toedit/operators/tokenize';
import { numbered, textBatch } from './operators/text-batch.ts';

/** What the prior said of one text; null where the row passes unedited. */
export interface TextScores {
  readonly tokenIds: readonly number[] | null;
  /** Null where no prediction exists. */
  readonly logprobs: readonly (number | null)[] | null;
  readonly candidates: readonly TokenCandidates[] | null;
}

/** The candidates of one eligible token. */
export interface TokenCandidates {
  readonly position: number;
  readonly ids: readonly number[];
  readonly logprobs: readonly number[];
}

/** Tokenises and scores the texts through the operators, all in one record batch or in batches of `batchRows`. */
export async function scoreTexts(
  prior: Tokenizing & Scoring,
  texts: readonly (string | null)[],
  { batchRows = texts.length, ...options }: ScoreTokensOptions & { batchRows?: number } = {},
): Promise<TextScores[]> {
  const source = async function* (): AsyncGenerator<RecordBatch> {
    for (let from = 0; from < texts.length; from += batchRows) {
      yield textBatch(numbered(texts.slice(from, from + batchRows)));
    }
  };
  const scores: TextScores[] = [];
  for await (const batch of scoreTokens(prior, options)(tokenize(prior)(source()))) {
    for (let row = 0; row < batch.numRows; row++) scores.push(scoresOf(batch, row));
  }
  return scores;
}

interface CandidateRow {
  readonly position: number;
  readonly token_ids: Iterable<number>;
  readonly logprobs: Iterable<number>;
}

/** The added columns of one row of a scored record batch. */
export function scoresOf(batch: RecordBatch, row: number): TextScores {
  const cell = (name: string): unknown[] | null => {
    const value = batch.getChild(name)?.get(row) as Iterable<unknown> | null | undefined;
    return value === null || value === undefined ? null : [...value];
  };
  const candidates = cell('candidates') as CandidateRow[] | null;
  return {
    tokenIds: cell('token_ids') as number[] | null,
    logprobs: cell('token_logprobs') as (number | null)[] | null,
    candidates:
      candidates?.map(({ position, token_ids, logprobs }) => ({
        position,
        ids: [...token_ids],
        logprobs: [...logprobs],
      })) ?? null,
  };
}
