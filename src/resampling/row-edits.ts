import type { EditCountName } from '../columns.ts';

/** A changed token of a row: an item of the `edits` column. */
export interface Edit {
  /** The token's place in the row, from 0. */
  readonly position: number;
  /** Where the old token's bytes begin in the original text. */
  readonly byteOffset: number;
  readonly oldId: number;
  /** Null where the token is deleted. */
  readonly newId: number | null;
  /** The prior's natural log P(old token), a float32. */
  readonly logprob: number;
}

/** The counters of a row. */
export type EditCounts = Readonly<Record<EditCountName, number>>;

/** What resampling makes of a row. */
export interface RowEdits {
  /** By ascending position. */
  readonly edits: readonly Edit[];
  readonly counts: EditCounts;
  /** The bytes of the row's tokens together: those of its text, where tokens and text belong together. */
  readonly byteLength: number;
}

/** The edits of a row that passes unedited. */
export const noCounts: EditCounts = {
  eligible: 0,
  drawn: 0,
  changed: 0,
  deleted: 0,
  refused_utf8: 0,
  refused_special: 0,
};
