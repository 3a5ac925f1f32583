import { goalLine, ratioCells, ratios } from '../contest/ratios.ts';
import { median } from '../median.ts';
import type { RawComparison } from './compare-raw.ts';

/** The part of the page on ONNX Runtime's own forward pass. */
export function rawSection(comparisons: readonly RawComparison[]): string {
  const [first] = comparisons;
  const rows = comparisons.flatMap((comparison) =>
    (['eligible', 'all'] as const).map((scores) => row(comparison, scores)),
  );
  const verdicts = comparisons.map(({ modelFile, raw, eligible }) =>
    goalLine(`a bare forward pass of ${modelFile}`, ratios(raw, eligible), 1.12),
  );
  return `## Against ONNX Runtime's own forward pass

Short documents of \`paragraphs.parquet\` (${String(first?.tokens)} tokens, padding ${percent(first?.paddingShare ?? 0)}). In one process and in
turns, ${String(first?.raw.length)} rounds: the whole pipeline with the early exit (\`eligible\`) and without (\`all\`), inference in its worker; then a bare
forward pass with default session options over the very micro-batches that the pipeline made, fetching \`logits\` only, without softmax
or anything after it. Rates leave padding out.

| graph | scores | pipeline, tokens/s | raw forward, tokens/s | median ratio | spread |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

${verdicts.join('\n')}
`;
}

function row(comparison: RawComparison, scores: 'eligible' | 'all'): string {
  const { modelFile, tokens, raw } = comparison;
  const seconds = comparison[scores];
  const rates = [seconds, raw].map((each) => (tokens / median(each)).toFixed(0));
  return `| ${[modelFile, scores, ...rates, ...ratioCells(ratios(raw, seconds))].join(' | ')} |`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
