import { scoreStage } from '../metrics/recorder.ts';
import type { FileReport, RunSummary, StageReport } from '../metrics/summary.ts';
import { type PresetName, presets } from '../resampling/resampling-options.ts';
import { apartWarning } from '../tuning/diagnosis.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatSeconds,
  formatShare,
  formatTokenRate,
} from './format-quantity.ts';
import { renderExcerpt } from './render-excerpt.ts';
import { renderFewChanges } from './render-few-changes.ts';
import { renderHistogram } from './render-histogram.ts';
import { type LeftOut, renderLeftOut } from './render-left-out.ts';

/** The closing text of a run, for people: several lines, the last one without a line break. */
export function renderSummary(summary: RunSummary, style: { readonly colour: boolean }): string {
  return [
    ...renderExcerpts(summary, style.colour),
    renderHeadline(summary),
    ...(isNothing(summary) ? [] : renderWork(summary)),
    ...renderFiles(summary.files),
    ...renderLeftOut(leftOutOf(summary.files)),
  ].join('\n');
}

/** A run that has no row to show: every file failed, or was left out. */
function isNothing({ rows, files, interrupted }: RunSummary): boolean {
  return rows === 0 && !interrupted && files.every(({ status }) => status !== 'done');
}

function renderWork(summary: RunSummary): readonly string[] {
  return [
    `  prior  ${renderPrior(summary)}`,
    ...renderApart(summary),
    ...(hasRule(summary) ? [`  rule   ${describeRule(summary.options)}`] : []),
    `  ${renderTokens(summary)}`,
    ...renderFewChanges(summary),
    ...renderHistogram(summary.probabilityHistogram),
    ...renderPassed(summary),
    ...renderDeadLetters(summary),
    ...renderResumed(summary),
    ...(summary.stages.length === 0 ? [] : [`  ${renderCost(summary)}`]),
    ...renderStages(summary),
    ...renderInference(summary),
  ];
}

function hasRule({ command }: RunSummary): boolean {
  return command === 'edit' || command === 'resample';
}

function renderExcerpts({ excerpts }: RunSummary, colour: boolean): readonly string[] {
  if (excerpts === undefined || excerpts.length === 0) return [];
  const lines = excerpts.map(
    (excerpt) =>
      `  ${excerpt.file} row ${excerpt.row}${excerpt.place === undefined ? '' : ` ${excerpt.place}`}: …${renderExcerpt(excerpt, colour)}…`,
  );
  return ['edited passages:', ...lines, ''];
}

function renderHeadline(summary: RunSummary): string {
  const done = summary.files.filter((file) => file.status === 'done').length;
  const failed = summary.files.filter((file) => file.status === 'failed').length;
  const parts = [
    formatCounted(done, 'file') + (failed === 0 ? '' : ` (${formatCount(failed)} failed)`),
    formatCounted(summary.rows, 'row') + renderUnfinished(summary),
    formatBytes(summary.textBytes),
    ...(summary.command === 'revert' ? [] : [formatCounted(summary.tokens, 'token')]),
  ];
  const time = formatSeconds(summary.seconds);
  return `${renderOutcome(summary)} ${time}: ${parts.join(', ')}`;
}

function renderUnfinished({ unfinishedRows }: RunSummary): string {
  return unfinishedRows === 0 ? '' : ` (${formatCount(unfinishedRows)} of unfinished files)`;
}

function renderOutcome(summary: RunSummary): string {
  const { interrupted, tasks } = summary;
  if (isNothing(summary)) return 'nothing was done in';
  if (interrupted) return `interrupted, ${formatCounted(tasks.pending, 'file')} to go, after`;
  return tasks.pending > 0
    ? `ended early, ${formatCounted(tasks.pending, 'file')} to go, after`
    : 'done in';
}

function renderPrior({ prior }: RunSummary): string {
  const threads = prior.threads > 0 ? ` (${formatCounted(prior.threads, 'thread')})` : '';
  return `${prior.name}, ${prior.modelFile}, ${prior.precision}, ${prior.device}${threads}`;
}

function renderApart({ prior }: RunSummary): readonly string[] {
  const warning = apartWarning(prior);
  return warning === null ? [] : [`         ${warning}`];
}

function renderTokens(summary: RunSummary): string {
  const { tokens, eligible, drawn, changed, deleted, scoredTokens } = summary;
  if (summary.command === 'score') {
    return `scored ${formatCounted(scoredTokens, 'token')}${renderMean(summary)}`;
  }
  if (summary.command === 'revert') return `took back ${formatCounted(changed, 'edit')}`;
  const parts = [
    `eligible ${formatCount(eligible)} (${formatShare(eligible, tokens)})`,
    `drawn ${formatCount(drawn)}`,
    `changed ${formatCount(changed)} (${formatShare(changed, tokens, 3)})`,
  ];
  if (deleted > 0) parts.push(`deleted ${formatCount(deleted)} (${formatShare(deleted, tokens)})`);
  parts.push(renderRefused(summary.refused));
  return parts.join('   ');
}

function renderMean({ meanLogprob }: RunSummary): string {
  if (meanLogprob === null) return '';
  const perplexity = Math.exp(-meanLogprob).toPrecision(4);
  return `   mean ln P ${meanLogprob.toFixed(3)}   perplexity ${perplexity} a token`;
}

function renderRefused({ utf8, special }: RunSummary['refused']): string {
  const reasons: string[] = [];
  if (utf8 > 0) reasons.push(`${formatCount(utf8)} UTF-8`);
  if (special > 0) reasons.push(formatCounted(special, 'special token'));
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  return `refused ${formatCount(utf8 + special)}${why}`;
}

function renderPassed({ passed, rows: all }: RunSummary): readonly string[] {
  const reasons = Object.entries(passed).filter(([, rows]) => rows > 0);
  const rows = reasons.reduce((sum, [, count]) => sum + count, 0);
  if (rows === 0) return [];
  const why = reasons.map(
    ([reason, count]) => `${formatCount(count)} ${reason.replaceAll('_', ' ')}`,
  );
  return [
    `  passed unedited: ${formatCounted(rows, 'row')} (${why.join(', ')})`,
    ...(passed.tokenizer_mismatch >= manyRows * all ? [`    ${mismatchReason}`] : []),
  ];
}

/** The share of all rows from which on it is the prior that should be changed. */
const manyRows = 0.1;

const mismatchReason =
  "tokenizer mismatch: the prior's tokenizer changes some texts (a normaliser), or has no token for some of their characters (no byte fallback); a prior with byte-level tokens edits them all";

function renderDeadLetters({ deadLetters, files }: RunSummary): readonly string[] {
  if (deadLetters === 0) return [];
  const letters = files.flatMap(({ deadLetterFile }) => deadLetterFile ?? []);
  return [
    `  set aside: ${formatCounted(deadLetters, 'row')} in`,
    ...summedUp(letters).map((line) => `    ${line}`),
  ];
}

function renderResumed({ resumed, tasks, tokens, tokensHere }: RunSummary): readonly string[] {
  const parts: string[] = [];
  const { rows: resumedRows, repeatedRows } = resumed;
  if (tokensHere === 0 && tokens > 0 && tasks.pending === 0)
    return [
      `  nothing was left to do: ${formatCounted(tokens, 'token')} were done before; --overwrite starts again`,
    ];
  if (tokensHere < tokens)
    parts.push(`${formatCounted(tokens - tokensHere, 'token')} were done before`);
  if (resumedRows > 0)
    parts.push(`continued after ${formatCounted(resumedRows, 'row')} of unfinished files`);
  if (repeatedRows > 0)
    parts.push(`${formatCounted(repeatedRows, 'row')} were begun before and done again`);
  return parts.length === 0 ? [] : [`  resumed: ${parts.join(', ')}`];
}

function renderCost(summary: RunSummary): string {
  const { paddedTokens, tokensHere } = summary;
  return [
    formatTokenRate(summary.tokensPerSecond),
    `padding ${formatShare(paddedTokens, tokensHere + paddedTokens, 0)}`,
    `bottleneck: ${summary.bottleneck}${renderBusy(summary)}`,
    `peak memory ${formatBytes(summary.peakRssBytes)}`,
    `longest stall ${formatCount(summary.maxLoopDelayMs)} ms`,
  ].join('   ');
}

function renderBusy(summary: RunSummary): string {
  const stage = summary.stages.find(({ name }) => name === summary.bottleneck);
  if (stage === undefined) return '';
  // The prior's engines are busy or not, however many files wait for them at once.
  const seconds = stage.name === scoreStage ? summary.seconds : stageSeconds(stage, summary);
  return `, busy ${formatShare(stage.busySeconds, Math.max(seconds, stage.busySeconds), 0)}`;
}

/** What a stage's shares are of: its own time, at least the run's; files in flight at once add up. */
function stageSeconds(stage: StageReport, { seconds }: RunSummary): number {
  return Math.max(seconds, stage.busySeconds + stage.waitingSeconds + stage.blockedSeconds);
}

function renderStages(summary: RunSummary): readonly string[] {
  const width = Math.max(0, ...summary.stages.map((stage) => stage.name.length));
  return summary.stages.map((stage) => {
    const share = (seconds: number): string =>
      formatShare(seconds, stageSeconds(stage, summary), 0).padStart(5);
    return `    ${stage.name.padEnd(width)}  busy ${share(stage.busySeconds)}  waiting ${share(stage.waitingSeconds)}  blocked ${share(stage.blockedSeconds)}`;
  });
}

function renderInference({ inference }: RunSummary): readonly string[] {
  const { seconds, engines } = inference;
  if (engines.length === 0) return [];
  const busy = engines.reduce((sum, { busySeconds }) => sum + busySeconds, 0);
  const shares = engines.map(
    ({ device, busySeconds }) => `${device} ${formatShare(busySeconds, seconds, 0)}`,
  );
  const each = engines.length === 1 ? '' : `: ${shares.join(', ')}`;
  const share = formatShare(busy, seconds * engines.length, 0);
  return [`  inference  busy ${share} of ${formatSeconds(seconds)}${each}`];
}

function renderFiles(files: readonly FileReport[]): readonly string[] {
  const outputs = files.flatMap(({ status, output }) =>
    status === 'done' && output !== null ? [output] : [],
  );
  return summedUp(outputs).map((line) => `  ${line}`);
}

const mostListed = 5;

/** The paths where they are few, else the first of them, and how many more there are in which directory. */
function summedUp(paths: readonly string[]): readonly string[] {
  if (paths.length <= mostListed) return paths;
  const listed = paths.slice(0, mostListed - 2);
  return [
    ...listed,
    `and ${formatCounted(paths.length - listed.length, 'more file')} in ${directoryOf(paths)}`,
  ];
}

/** The directory that all paths lie in. */
function directoryOf([first = '', ...others]: readonly string[]): string {
  let end = first.lastIndexOf('/') + 1;
  while (end > 0 && others.some((path) => !path.startsWith(first.slice(0, end)))) {
    end = first.lastIndexOf('/', end - 2) + 1;
  }
  return end === 0 ? './' : first.slice(0, end);
}

function leftOutOf(files: readonly FileReport[]): readonly LeftOut[] {
  const skipped = files.filter(({ status }) => status === 'skipped');
  return skipped.map(({ input, error }) => ({ input, reason: error?.message ?? 'skipped' }));
}

/**
 * What an edit run does to which tokens, in words, from the options in force:
 * `paper: P >= 0.99 redrawn from top 8, seed 0`. Options that are missing or of no effect are left out.
 */
export function describeRule(options: Readonly<Record<string, unknown>>): string {
  const { preset } = options;
  const isChanged = isShown(preset) && !isOfPreset(String(preset), options);
  const name = isShown(preset) ? `${String(preset)}${isChanged ? ', changed' : ''}: ` : '';
  const parts = [describeDraw(options), describeDeletion(options), describeSeed(options)];
  return name + parts.filter((part) => part !== '').join(', ');
}

/** Whether the rule is the preset's own. */
function isOfPreset(name: string, options: Readonly<Record<string, unknown>>): boolean {
  const own = Object.hasOwn(presets, name) ? presets[name as PresetName] : {};
  return Object.entries(own).every(([key, value]) =>
    [undefined, value].includes(options[key] as never),
  );
}

function describeDraw(options: Readonly<Record<string, unknown>>): string {
  const { threshold, inclusive, topK, topP, temperature, excludeOriginal } = options;
  if (!isShown(threshold)) return '';
  const parts = [`P ${inclusive === false ? '>' : '>='} ${String(threshold)} redrawn`];
  if (isShown(topK)) parts.push(`from top ${String(topK)}`);
  if (isShown(topP) && topP !== 1) parts.push(`within top-p ${String(topP)}`);
  if (isShown(temperature) && temperature !== 1)
    parts.push(`at temperature ${String(temperature)}`);
  if (excludeOriginal === true) parts.push('without the original');
  return parts.join(' ');
}

function describeDeletion({ dropBelow }: Readonly<Record<string, unknown>>): string {
  return isShown(dropBelow) ? `P < ${String(dropBelow)} deleted` : '';
}

function describeSeed({ seed }: Readonly<Record<string, unknown>>): string {
  return isShown(seed) ? `seed ${String(seed)}` : '';
}

function isShown(value: unknown): value is string | number | bigint {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}
