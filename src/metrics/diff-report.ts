import type { Excerpt } from './summary.ts';

/** The edits of a run in their context. */
export interface DiffReport {
  /** The id of the run's manifest. */
  readonly run: string;
  /** In the order of files and rows. */
  readonly passages: readonly DiffPassage[];
  /** True where there are more than were asked for. */
  readonly isCut: boolean;
}

/** Edits that are near one another, and what is around them. `file` is that of the output, `row` that of the input. */
export interface DiffPassage extends Excerpt {
  readonly edits: readonly DiffEdit[];
}

/** An edit of a passage. */
export interface DiffEdit {
  readonly position: number;
  /** In the text before any edit, from 0. */
  readonly byteOffset: number;
  /** In hexadecimal: a token need not be whole characters. */
  readonly oldBytes: string;
  readonly newBytes: string;
  readonly oldId: number;
  /** Null where the token was deleted; so are the two that follow. */
  readonly newId: number | null;
  readonly logprob: number;
  readonly newLogprob: number | null;
  readonly rank: number | null;
}
