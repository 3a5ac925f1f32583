import type { EditRoundsOptions } from '../../pipelines/edit-rounds.ts';
import type { RunOptions } from '../../pipelines/stages/corpus-options.ts';
import type { RoundsReport } from '../metrics/rounds-report.ts';
import type { FileReport, RunSummary } from '../metrics/summary.ts';
import { serializeSummary } from '../metrics/summary.ts';
import { formatCounted } from '../report/format-quantity.ts';
import { renderRounds } from '../report/render-rounds.ts';
import { renderSummary } from '../report/render-summary.ts';
import { printable } from '../text/printable.ts';
import type { ParsedCommand, ProcessContext, Resumable } from './command.ts';
import { type Display, shownPath } from './display.ts';
import { exitCodeOf, exitCodes, hasNoText } from './exit-codes.ts';
import { describeFileError, withOption } from './print-error.ts';

/** How a run is shown, ended and judged. */
export interface RunSettings extends Display {
  /** The share of rows, from 0 to 1, that may be set aside before the exit code is 3. */
  readonly maxDeadLetters: number;
  /** How long a SIGTERM waits for what is in flight, in seconds. */
  readonly graceSeconds: number;
}

/** What the arguments of a command that makes a run ask for. */
export interface RunRequest<Options> {
  readonly options: Options;
  readonly settings: RunSettings;
}

/** A pipeline that makes a run, its options given but for what ties it to the process. */
export type CorpusWork = (
  hooks: Pick<RunOptions, 'signal' | 'stop' | 'hub' | 'onProgress' | 'onNotice'>,
  env: ProcessContext['env'],
) => Promise<RunSummary>;

const resumeHint = 'what was committed is kept; run the same command again to continue';

/** A command that makes a run or continues one. `overwrite` starts again from the beginning: a command that continues must not have it. */
export function corpusRun(
  work: CorpusWork,
  settings: RunSettings,
  options: Restart = {},
): ParsedCommand<RunSummary> {
  const judge = (summary: RunSummary): number => exitCodeOf(summary, settings.maxDeadLetters);
  return {
    work: ({ env, signal, stop, hub, onProgress, notice }) =>
      work({ signal, stop, hub, onProgress, onNotice: notice }, env),
    render: (summary, style) =>
      settings.quiet || judge(summary) === exitCodes.usage
        ? null
        : renderSummary(asShown(summary), style),
    verbatim: ['excerpts'],
    toJson: serializeSummary,
    problemsOf,
    exitCodeOf: judge,
    resumable: resumableBy(settings, options),
  };
}

/** `toedit edit --rounds n`: a run after another, judged by the worst of them. */
export function roundsRun(
  options: EditRoundsOptions,
  settings: RunSettings,
): ParsedCommand<RoundsReport> {
  return {
    work: async ({ signal, stop, hub, onProgress, notice }) => {
      const { editRounds } = await import('../../pipelines/edit-rounds.ts');
      return await editRounds({ ...options, signal, stop, hub, onProgress, onNotice: notice });
    },
    render: (report) => (settings.quiet ? null : renderRounds(withShownPaths(report))),
    problemsOf: ({ rounds }) => rounds.flatMap(({ summary }) => problemsOf(summary)),
    exitCodeOf: ({ rounds, isComplete }) => {
      const codes = rounds.map(({ summary }) => exitCodeOf(summary, settings.maxDeadLetters));
      // What ended the last round counts before what was bad in an earlier one.
      const code = codes.at(-1) || Math.max(...codes);
      return code === exitCodes.done && !isComplete ? exitCodes.interrupted : code;
    },
    resumable: resumableBy(settings, options),
  };
}

function withShownPaths(report: RoundsReport): RoundsReport {
  const rounds = report.rounds.map((round) => ({ ...round, output: shownPath(round.output) }));
  return { ...report, rounds };
}

interface Restart {
  readonly overwrite?: boolean | undefined;
}

function resumableBy({ graceSeconds }: RunSettings, { overwrite }: Restart): Resumable {
  return {
    graceSeconds,
    hint: overwrite === true ? `${resumeHint}, without --overwrite` : resumeHint,
  };
}

function problemsOf(summary: RunSummary): readonly string[] {
  return [...failuresOf(summary), ...(isTextless(summary) ? [noText(summary)] : [])];
}

/** Of a run that was interrupted it is not known. */
function isTextless(summary: RunSummary): boolean {
  return !summary.interrupted && hasNoText(summary);
}

function noText({ rows, passed, options }: RunSummary): string {
  if (rows === 0) return 'toedit: nothing was read: all that was found was left out';
  const { null_text, not_text, not_json, invalid_utf8 } = passed;
  const reasons = Object.entries({ null_text, not_text, not_json, invalid_utf8 })
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${String(count)} ${reason}`);
  const flags = Array.isArray(options['roles']) ? '--text-column and --roles' : '--text-column';
  return `toedit: no text was found in ${String(rows)} rows (${reasons.join(', ')}): check ${flags}`;
}

/** Of more, `toedit status` says the rest. */
const mostFailures = 50;

function failuresOf({ files, options }: RunSummary): readonly string[] {
  const failed = files.filter(({ status }) => status === 'failed');
  const more = failed.length - mostFailures;
  return [
    ...failed.slice(0, mostFailures).map((file) => problemOf(file, options['keyColumn'])),
    ...(more > 0 ? [`toedit: ${formatCounted(more, 'more file')} failed: see toedit status`] : []),
  ];
}

function problemOf({ input, error }: FileReport, keyColumn: unknown): string {
  const message = error === undefined ? 'failed' : withOption(error, keyColumn);
  return describeFileError(
    shownPath(input),
    message.replaceAll(input, () => shownPath(input)),
  );
}

function asShown(summary: RunSummary): RunSummary {
  const excerpts = summary.excerpts?.map((each) => ({
    ...each,
    file: printable(shownPath(each.file)),
  }));
  return { ...summary, files: summary.files.map(shown), excerpts };
}

function shown(file: FileReport): FileReport {
  const { input, output, deadLetterFile } = file;
  return {
    ...file,
    input: shownPath(input),
    output: output && shownPath(output),
    deadLetterFile: deadLetterFile && shownPath(deadLetterFile),
  };
}
