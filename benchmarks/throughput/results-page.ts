import { loadavg } from 'node:os';
import { median } from '../median.ts';

/** The pipeline against a raw forward pass, on one graph. */
export interface Comparison {
  readonly modelFile: string;
  readonly tokens: number;
  readonly paddingShare: number;
  /** Tokens a second, padding not counted. */
  readonly pipelineRate: number;
  /** The same with every token's logprob computed. */
  readonly allRate: number;
  readonly rawRate: number;
  /** Time of the raw pass over time of the pipeline, one a round. */
  readonly ratios: readonly number[];
  readonly allRatios: readonly number[];
}

/** The page `RESULTS.md`. */
export function resultsPage(comparisons: readonly Comparison[], machine: string): string {
  const rows = comparisons.flatMap(({ modelFile, rawRate, ...rest }) => {
    const line = (scores: string, rate: number, ratios: readonly number[]): string => {
      const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
      const rates = `${rate.toFixed(0)} | ${rawRate.toFixed(0)}`;
      return `| ${modelFile} | ${scores} | ${rates} | ${median(ratios).toFixed(3)} | ${spread} |`;
    };
    return [
      line('eligible', rest.pipelineRate, rest.ratios),
      line('all', rest.allRate, rest.allRatios),
    ];
  });
  const [first] = comparisons;
  const met = comparisons.every(({ ratios }) => median(ratios) >= goal);
  return `# Throughput

**Question.** What does the whole pipeline cost over ONNX Runtime's own forward pass to \`logits\`?

**Scope.** SmolLM2-135M, fp32, CPU; short documents of \`paragraphs.parquet\` (${String(first?.tokens)} tokens, padding
${((first?.paddingShare ?? 0) * 100).toFixed(1)} %). The machine is shared (load average ${(loadavg()[0] ?? 0).toFixed(1)} at the end):
only the ratios count.

**Machine.** ${machine}, onnxruntime-node 1.30.0.

**Method.** In one process and in turns, ${String(first?.ratios.length)} rounds: the whole pipeline (read Parquet, tokenise, score
every token, draw, splice, write Parquet; inference in its worker) with the early exit (\`eligible\`) and without (\`all\`), then a bare
forward pass with default session options over
the very micro-batches that the pipeline made, fetching \`logits\` only, without softmax or anything after it. Rates leave
padding out; the ratio is taken round by round. Regenerate: \`npm run benchmark -- throughput\`.

| graph | scores | pipeline, tokens/s | raw forward, tokens/s | median ratio | spread |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

**Verdict.** Goal: with the early exit at least ${String(goal)} of the bare forward pass on each graph: ${met ? 'met' : 'not met'}.
`;
}

const goal = 1.12;
