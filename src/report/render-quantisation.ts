import { formatCounted, formatSeconds, formatShare } from './format-quantity.ts';
import type { QuantisationReport } from './quantisation-report.ts';
import { renderComparison } from './render-comparison.ts';

/** What quantising a prior did and costs, for people: several lines, the last one without a line break. */
export function renderQuantisation(report: QuantisationReport): string {
  const { source, output, modelFile, layers, float32Layers, alpha, seconds } = report;
  const kept = float32Layers.length;
  return [
    `quantised in ${formatSeconds(seconds)}: ${output}, ${modelFile}`,
    `  ${formatCounted(layers - kept, 'layer')} in int8, ${kept} in float32: ${formatShare(report.int8Share, 1, 1)} of the multiplications ` +
      `before the head in int8; smoothing alpha ${alpha}`,
    ...namesOf(float32Layers),
    '',
    renderComparison(report.comparison, { a: source, b: `${output}, ${modelFile}` }),
  ].join('\n');
}

const mostNames = 8;

function namesOf(layers: readonly string[]): readonly string[] {
  if (layers.length === 0) return [];
  const more = layers.length - mostNames;
  const rest = more > 0 ? [`and ${more} more (--json names them)`] : [];
  return [`  float32: ${[...layers.slice(0, mostNames), ...rest].join(', ')}`];
}
