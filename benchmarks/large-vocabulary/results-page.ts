import { loadavg } from 'node:os';
import { goalLine, ratioCells, ratios } from '../contest/ratios.ts';
import { median } from '../median.ts';
import type { RawComparison } from '../throughput/compare-raw.ts';
import type { ModelSize } from './write-random-model.ts';

/** One threshold, and what came of it. */
export interface ThresholdComparison {
  readonly threshold: number;
  /** Part of the rows that the early exit leaves to the full head. */
  readonly left: number;
  readonly comparison: RawComparison;
}

/** The page `RESULTS.md`. */
export function resultsPage(
  results: readonly ThresholdComparison[],
  { size, machine }: { readonly size: ModelSize; readonly machine: string },
): string {
  const [first] = results;
  const verdicts = results.map(({ left, comparison: { raw, eligible } }) =>
    goalLine(`the bare forward pass, ${percent(left)} left`, ratios(raw, eligible), 2),
  );
  return `# A large vocabulary

**Question.** What does the early exit save where most of a model is its vocabulary?

**Scope.** A model of the size of Gemma 3 270M: ${String(size.layers)} layers, hidden ${String(size.hidden)}, ${String(size.heads)} heads of ${String(size.headSize)} over one of keys and values,
feed-forward ${String(size.feedForward)}, vocabulary ${String(size.vocabulary)}, embedding and projection tied; random weights, so that it predicts nothing. float32, CPU.
${String(first?.comparison.tokens)} tokens of short English documents (SmolLM2's tokenizer).

**Machine.** ${machine}, shared: load average ${(loadavg()[0] ?? 0).toFixed(1)} at the end. onnxruntime-node 1.30.0.

**Method.** As in [throughput](../throughput/RESULTS.md): in turns, ${String(first?.comparison.raw.length)} rounds, the whole pipeline with the early exit, without it, and a bare forward pass to
\`logits\` over the same micro-batches. With random weights no token is certain, and none is left to the full head at a threshold of 0.99; of English
text and a trained model 3 to 6 % are. So a second threshold is taken so low that about as many rows are left. Regenerate:
\`npm run benchmark -- large-vocabulary\`.

| threshold | rows left to the head | early exit, tokens/s | all scores, tokens/s | raw forward, tokens/s | early exit / raw | spread | all / raw |
| --- | --- | --- | --- | --- | --- | --- | --- |
${results.map(row).join('\n')}

**Verdict.**
${verdicts.join('\n')}
`;
}

function row({ threshold, left, comparison }: ThresholdComparison): string {
  const { tokens, raw, eligible, all } = comparison;
  const rates = [eligible, all, raw].map((each) => (tokens / median(each)).toFixed(0));
  const [allRatio] = ratioCells(ratios(raw, all));
  const cells = [
    threshold,
    percent(left),
    ...rates,
    ...ratioCells(ratios(raw, eligible)),
    allRatio,
  ];
  return `| ${cells.join(' | ')} |`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
