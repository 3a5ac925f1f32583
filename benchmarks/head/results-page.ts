import { loadavg } from 'node:os';
import { median } from '../median.ts';

/** The early exit against the full head, at one size. */
export interface Comparison {
  readonly hidden: number;
  readonly vocabulary: number;
  /** Share of the rows that the early exit left to the full head. */
  readonly left: number;
  /** Rows a second. */
  readonly fullRate: number;
  readonly earlyRate: number;
  /** Time of the full head over time of the early exit, one a round. */
  readonly ratios: readonly number[];
}

/** The page `RESULTS.md`. */
export function resultsPage(
  comparisons: readonly Comparison[],
  { rows, rounds }: { readonly rows: number; readonly rounds: number },
  machine: string,
): string {
  const lines = comparisons.map(({ hidden, vocabulary, left, fullRate, earlyRate, ratios }) => {
    const spread = `${Math.min(...ratios).toFixed(1)}–${Math.max(...ratios).toFixed(1)}`;
    const rates = `${fullRate.toFixed(0)} | ${earlyRate.toFixed(0)}`;
    const size = `${vocabulary.toLocaleString('en-US')} | ${String(hidden)}`;
    return `| ${size} | ${(100 * left).toFixed(1)} % | ${rates} | ${median(ratios).toFixed(1)} | ${spread} |`;
  });
  const least = Math.min(...comparisons.map(({ ratios }) => median(ratios)));
  return `# Head

**Question.** How much does the early exit save of the head's time, by the size of the vocabulary?

**Scope.** fp32, CPU, random weights in a file beside the graph; ${String(rows)} rows of the hidden state, of which some are
eligible at 0.99 and the others far below. How many are left to the full head is set to what it is on English text; how many that
is on real text, [early-exit.md](../../docs/decisions/early-exit.md) says.

**Machine.** ${machine}, onnxruntime-node 1.30.0. Load average at the end: ${(loadavg()[0] ?? 0).toFixed(1)}; only the ratios count.

**Method.** In one process and in turns, ${String(rounds)} rounds after one to warm up: log P of all rows and the top 8 of the eligible by the
full head (\`all\`), then the same rows with the early exit before it (\`eligible\`); the ratio is taken round by round. Without body,
tokenizer and files. Regenerate: \`npm run benchmark -- head\`.

| vocabulary | hidden | left to the full head | full head, rows/s | early exit, rows/s | median ratio | spread |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}

**Verdict.** With the early exit the head takes at most ${(100 / least).toFixed(0)} % of its time, by the medians.
`;
}
