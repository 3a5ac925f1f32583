/** Formats that a corpus is written in. */
export type TargetFormat = 'parquet' | 'arrow' | 'jsonl';

/** A type that another format has a place for: what its values become there. */
export interface Kept {
  readonly kept: string;
}

/** A type whose values, or what they mean, another format or its writer would lose. */
export interface Lost {
  /** What would be lost, after "which". */
  readonly lost: string;
  /** What to do about it, as an order. */
  readonly remedy: string;
}

/** What becomes of the values of a type in another format. */
export type Fate = Kept | Lost;

/** A column, or a part of one by its path, whose type does not survive. */
export interface LostColumn extends Lost {
  readonly path: string;
  readonly type: string;
}
