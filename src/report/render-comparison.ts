import type {
  Interval,
  PriorComparison,
  ThresholdComparison,
} from '../comparison/prior-comparison.ts';
import type { QuantisationReport } from '../quantisation/provenance.ts';
import { formatCount, formatCounted, formatSeconds, formatShare } from './format-quantity.ts';
import { renderTable } from './render-table.ts';

/** What the two priors are called, such as by directory and graph. */
export interface ComparedNames {
  readonly a: string;
  readonly b: string;
}

/** How two priors differ, for people: several lines, the last one without a line break. */
export function renderComparison(comparison: PriorComparison, { a, b }: ComparedNames): string {
  const { documents, tokens, thresholds } = comparison;
  return [
    `compared on ${formatCounted(tokens, 'token')} of ${formatCounted(documents, 'document')}`,
    `  A  ${a} (its decisions count as right)`,
    `  B  ${b}`,
    '',
    ...renderDeltas(comparison),
    '',
    ...renderTable([headings, ...thresholds.map((each) => renderRow(each, tokens))]),
    '',
    documents < 2 ? needsDocuments : intervalsExplained,
  ].join('\n');
}

const intervalsExplained = 'in brackets: 95 % confidence, as far as documents vary';
const needsDocuments = 'no confidence intervals: they need two documents or more';

function renderDeltas({ meanDelta, meanDeltaInterval, worst }: PriorComparison): readonly string[] {
  const mean = `  |ln P_A - ln P_B|  mean ${formatNumber(meanDelta)}${bracket(meanDeltaInterval, formatNumber)}`;
  if (worst === null || meanDelta === 0) return [mean];
  const { file, row, token, logprobA, logprobB } = worst;
  const delta = formatNumber(Math.abs(logprobA - logprobB));
  const logprobs = `ln P_A ${formatNumber(logprobA)}, ln P_B ${formatNumber(logprobB)}`;
  return [mean, `  worst ${delta} at ${file} row ${row}, token ${token}: ${logprobs}`];
}

const headings = [
  'P >=',
  'eligible A',
  'eligible B',
  'lost',
  'gained',
  'Jaccard',
  'flipped',
  'of all tokens',
] as const;

function renderRow(each: ThresholdComparison, tokens: number): readonly string[] {
  const { eligibleA, eligibleB, lost, gained, flipped } = each;
  const share = tokens === 0 ? '-' : formatPercentage(each.flippedFraction);
  return [
    String(each.threshold),
    ...[eligibleA, eligibleB, lost, gained].map(formatCount),
    each.jaccard.toFixed(3),
    formatCount(flipped),
    `${share}${bracket(each.flippedInterval, formatPercentage)}`,
  ];
}

function bracket(interval: Interval | null, format: (value: number) => string): string {
  return interval === null ? '' : ` (${format(interval[0])} to ${format(interval[1])})`;
}

function formatPercentage(fraction: number): string {
  return `${formatNumber(100 * fraction)} %`;
}

function formatNumber(value: number): string {
  return threeDigits.format(value);
}

const threeDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

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
