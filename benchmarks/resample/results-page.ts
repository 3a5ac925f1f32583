import { loadavg } from 'node:os';
import type { RunSummary } from '../../src/metrics/summary.ts';
import { median } from '../median.ts';

/** A command that was run: its process from start to end in seconds, and what it says of itself. */
export interface Taken {
  readonly wall: number;
  readonly summary: RunSummary;
}

/** Both ways to the same bytes, one after the other. */
export interface Round {
  readonly edit: Taken;
  readonly resample: Taken;
}

/** What was measured. */
export interface Measured {
  readonly scoring: Taken;
  /** Bytes of the score file. */
  readonly scores: number;
  readonly rounds: readonly Round[];
}

const goal = 20;

/** The page `RESULTS.md`. */
export function resultsPage({ scoring, scores, rounds }: Measured, machine: string): string {
  const { tokens, textBytes, rows } = scoring.summary;
  const edit = medianOf(rounds, ({ edit: { wall } }) => wall);
  const resample = medianOf(rounds, ({ resample: { wall } }) => wall);
  const ratio = medianOf(rounds, (round) => round.edit.wall / round.resample.wall);
  const inside = medianOf(
    rounds,
    (round) => round.edit.summary.seconds / round.resample.summary.seconds,
  );
  const changed = rounds.map((round) => round.edit.summary.changed).join(', ');
  return `# Resample

**Question.** How much faster is \`toedit resample\` from stored scores than \`toedit edit\` with SmolLM2-135M, for the same bytes? What do the scores weigh?

**Scope.** CPU, fp32; ${String(rows)} paragraphs in a Parquet file, ${count(tokens)} tokens in ${count(textBytes)} bytes of text; 8 candidates at P >= 0.9. A corpus so small is mostly start-up
for \`resample\`: a larger one is to its advantage.

**Machine.** ${machine}, onnxruntime-node 1.30.0. Load average at the end: ${(loadavg()[0] ?? 0).toFixed(1)}.

**Method.** Both commands are processes of their own, in turns, ${String(rounds.length)} rounds of different rules and seeds (${changed} tokens changed); the outputs are compared byte for byte in every
round, and a difference ends the benchmark. *Process*: from its start to its end; *run*: the seconds that the summary states. Medians; a ratio is that of a round. Regenerate:
\`npm run benchmark -- resample\`.

| | process, s | tokens/s |
| --- | --- | --- |
| \`score --candidates 8\`, once | ${scoring.wall.toFixed(1)} | ${count(tokens / scoring.wall)} |
| \`edit\` | ${edit.toFixed(1)} | ${count(tokens / edit)} |
| \`resample\` | ${resample.toFixed(2)} | ${count(tokens / resample)} |
| ratio of the processes | ${ratio.toFixed(0)} | |
| ratio of the runs | ${inside.toFixed(0)} | |

The score file: ${count(scores)} bytes, ${(scores / tokens).toFixed(1)} a token, ${(scores / textBytes).toFixed(1)} times the text.

**Verdict.** \`resample\` is ${ratio.toFixed(0)} times as fast as \`edit\`, start-up included; the goal was ${String(goal)}${ratio >= goal ? '' : ', which it misses'}. All outputs were equal. Scoring costs what an edit costs: it is paid
back by the second edit.
`;
}

function medianOf(rounds: readonly Round[], value: (round: Round) => number): number {
  return median(rounds.map(value));
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
