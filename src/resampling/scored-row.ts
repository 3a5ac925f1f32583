import type { Place } from '../errors.ts';
import type { Candidates } from './draw-candidate.ts';

/** A row as the prior scored it. */
export interface ScoredRow {
  readonly tokenIds: Int32Array;
  /** A natural log P for each token; NaN where no prediction exists. */
  readonly logprobs: Float32Array;
  /** The positions that have candidates, ascending. */
  readonly positions: Int32Array;
  /** The candidates of `positions[index]`. */
  readonly candidates: (index: number) => Candidates;
  readonly place: Place;
}
