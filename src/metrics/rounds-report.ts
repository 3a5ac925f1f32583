import type { RunSummary } from './summary.ts';

/** What one round of editing found and did. Shares are of the round's tokens. */
export interface RoundReport {
  /** From 1. */
  readonly round: number;
  /** The output directory of its run. */
  readonly output: string;
  readonly tokens: number;
  /** Tokens at or above the threshold. */
  readonly eligible: number;
  readonly eligibleShare: number;
  /** To the eligible tokens of the round before; null of the first. */
  readonly eligibleRatio: number | null;
  readonly changed: number;
  readonly changedShare: number;
  /** To the changed tokens of the round before; null of the first, and where there were none. */
  readonly changedRatio: number | null;
  readonly summary: RunSummary;
}

/** What rounds of editing found and did: each edits what the one before wrote. */
export interface RoundsReport {
  readonly rounds: readonly RoundReport[];
  /** Rounds that were asked for. */
  readonly wanted: number;
  /** True where all of them are at their end. */
  readonly isComplete: boolean;
}

/** The report of runs that followed one another, each with its output directory. */
export function roundsReport(
  runs: readonly { readonly output: string; readonly summary: RunSummary }[],
  wanted: number,
): RoundsReport {
  const rounds = runs.map(({ output, summary }, index) => {
    const { tokens, eligible, changed } = summary;
    const before = runs[index - 1]?.summary;
    return {
      ...{ round: index + 1, output, tokens },
      ...{ eligible, eligibleShare: eligible / Math.max(1, tokens) },
      eligibleRatio: ratio(eligible, before?.eligible),
      ...{ changed, changedShare: changed / Math.max(1, tokens) },
      changedRatio: ratio(changed, before?.changed),
      summary,
    };
  });
  return { rounds, wanted, isComplete: rounds.length === wanted && runs.every(isAtEnd) };
}

/** True of a run with nothing left that another process, or the same command, would do. */
export function isAtEnd({ summary: { tasks } }: { readonly summary: RunSummary }): boolean {
  return tasks.pending === 0 && tasks.failed === 0;
}

function ratio(count: number, before: number | undefined): number | null {
  return before === undefined || before === 0 ? null : count / before;
}
