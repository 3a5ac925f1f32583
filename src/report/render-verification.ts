import { isClean, type Problem, type VerifyReport } from '../metrics/verify-report.ts';
import { formatBytes, formatCount, formatCounted } from './format-quantity.ts';

/** What `toedit verify` found, for people: several lines, the last one without a line break. */
export function renderVerification(report: VerifyReport): string {
  const errors = report.problems.filter(({ isWarning }) => !isWarning);
  const warnings = report.problems.filter(({ isWarning }) => isWarning);
  return [
    renderVerdict(report, errors.length),
    ...shorten(errors.map(renderProblem)),
    ...shorten(warnings.map(renderProblem)),
    ...renderRemedies(report),
  ].join('\n');
}

function renderVerdict(report: VerifyReport, errors: number): string {
  const { outputs, rows, remadeOutputs, remadeBytes } = report;
  const read = `${formatCounted(outputs, 'output')} hashed, ${formatCounted(rows, 'row')}`;
  const compared = `${formatCount(remadeOutputs)} made once more from inputs and edits, ${formatBytes(remadeBytes)} equal`;
  const verdict = isClean(report) ? 'all is well' : formatCounted(errors, 'problem');
  return `${verdict}: ${read}, ${compared}`;
}

function renderProblem({ kind, isWarning, file, message }: Problem): string {
  const what = isWarning ? `(${kind})` : kind;
  return `  ${what.padEnd(10)}  ${file}: ${message.replace(/\s+/g, ' ').trim()}`;
}

const shownLines = 100;

function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= shownLines) return lines;
  return [
    ...lines.slice(0, shownLines),
    `  ... and ${formatCount(lines.length - shownLines)} more`,
  ];
}

function renderRemedies({ problems, output }: VerifyReport): readonly string[] {
  const kinds = new Set(problems.filter(({ isWarning }) => !isWarning).map(({ kind }) => kind));
  const damaged = ['checksum', 'edits'] as const;
  const isDamaged = damaged.some((kind) => kinds.has(kind));
  const remedies: string[] = [];
  if (isDamaged) remedies.push('delete the outputs that are damaged');
  if (isDamaged || kinds.has('missing') || kinds.has('failed')) {
    remedies.push(`make them again with toedit retry ${output}`);
  } else if (kinds.has('not-done')) remedies.push(`continue with toedit run ${output}`);
  return remedies.length === 0 ? [] : [remedies.join('; then ')];
}
