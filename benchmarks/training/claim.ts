import { type Estimate, signOf } from './intervals.ts';

/** What became of a claim of the paper. */
export type Verdict =
  | 'reproduced'
  | 'not reproduced'
  | 'not told apart'
  | 'cannot be tried here'
  | 'no verdict yet';

/** A claim, table or figure of the paper beside what was found here; all in Markdown. */
export interface Claim {
  readonly claim: string;
  /** Where the paper makes it. */
  readonly where: string;
  /** The paper's number. */
  readonly paper: string;
  readonly verdict: Verdict;
  /** Our number; empty where there is none. */
  readonly ours: string;
  readonly why: string;
  /** The command that gives our number; empty where there is none. */
  readonly command: string;
}

/** The verdict of a claim that a difference is above zero. */
export function verdictOfRise(difference: Estimate | null): Verdict {
  if (difference === null || difference.values < 2) return 'no verdict yet';
  const sign = signOf(difference);
  return sign === 'not told apart' ? sign : verdictOf(sign === 'above');
}

/** The verdict of a question that may have no answer yet. */
export function verdictOf(answer: boolean | null): Verdict {
  if (answer === null) return 'no verdict yet';
  return answer ? 'reproduced' : 'not reproduced';
}
