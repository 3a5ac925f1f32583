import type { RunOptions } from '../../pipelines/corpus-options.ts';
import type { Progress } from '../metrics/progress.ts';
import type { FileReport, RunSummary } from '../metrics/summary.ts';
import { serializeSummary } from '../metrics/summary.ts';
import { renderSummary } from '../report/render-summary.ts';
import type { Display } from './corpus-flags.ts';
import { describeFileError } from './describe-error.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterruption } from './interruption.ts';
import { judgeRun } from './judge-run.ts';
import { printError } from './print-error.ts';
import { type ProgressStream, showProgress } from './show-progress.ts';
import { shownPath } from './shown-path.ts';

/** Where a run prints: the standard streams, or what stands for them. */
export interface Streams {
  readonly stdout: ProgressStream & { hasColors?(): boolean };
  readonly stderr: ProgressStream;
}

/** How a run is shown, ended and judged. */
export interface JobManners extends Display {
  /** The share of rows, from 0 to 1, that may be set aside without the exit code telling. */
  readonly maxDeadLetters: number;
  /** How long a SIGTERM waits for what is in flight, in seconds. */
  readonly graceSeconds: number;
}

/** `overwrite` begins anew: a command that goes on must not have it. */
type JobOptions = RunOptions & { readonly overwrite?: boolean | undefined };

/** Runs a corpus job, prints what came of it, and resolves with the exit code. Never rejects. */
export async function runJob<Options extends JobOptions>(
  job: (options: Options) => Promise<RunSummary>,
  options: Options,
  { manners, streams }: { readonly manners: JobManners; readonly streams: Streams },
): Promise<number> {
  using interruption = listenForInterruption(manners.graceSeconds * 1000);
  const { signal, stop } = interruption;
  const hint = options.overwrite === true ? `${resumeHint}, without --overwrite` : resumeHint;
  const progress = showProgress(streams.stderr, () => performance.now());
  const tell = (notice: string): void => {
    if (!manners.quiet) streams.stderr.write(`toedit: ${notice}\n`);
  };
  stop.addEventListener('abort', () => {
    progress.end();
    tell(`${reasonOf(stop)}: committing what is in flight`);
  });
  try {
    const show = (at: Progress): void => progress.show({ ...at, file: shownPath(at.file) });
    const onProgress = manners.quiet ? undefined : show;
    const summary = await job({ ...options, signal, stop, onProgress, onNotice: tell });
    progress.end();
    return printSummary(summary, { ...manners, stop, hint }, streams);
  } catch (error) {
    progress.end();
    if (signal.aborted) return printInterruption(`${reasonOf(stop)}: ${hint}`, manners, streams);
    const exitCode = printError(error, manners, streams);
    if (exitCode === exitCodes.failed) streams.stderr.write(`toedit: ${hint}\n`);
    return exitCode;
  }
}

function printSummary(
  summary: RunSummary,
  manners: JobManners & { readonly stop: AbortSignal; readonly hint: string },
  streams: Streams,
): number {
  const exitCode = judgeRun(summary, manners.maxDeadLetters);
  const quiet = manners.quiet || exitCode === exitCodes.usage;
  printReport(summary, { ...manners, quiet }, streams);
  for (const { input, status, error } of summary.files) {
    if (status !== 'failed') continue;
    const message = error?.message.replaceAll(input, shownPath(input)) ?? 'failed';
    streams.stderr.write(`${describeFileError(shownPath(input), message)}\n`);
  }
  if (exitCode === exitCodes.interrupted) {
    streams.stderr.write(`toedit: ${reasonOf(manners.stop)}: ${manners.hint}\n`);
  }
  if (exitCode === exitCodes.failed) streams.stderr.write(`toedit: ${manners.hint}\n`);
  return exitCode;
}

function printReport(summary: RunSummary, { json, quiet }: Display, { stdout }: Streams): void {
  if (json) stdout.write(`${serializeSummary(summary)}\n`);
  else if (!quiet) {
    const colour = stdout.isTTY === true && stdout.hasColors?.() === true;
    stdout.write(`${renderSummary(asShown(summary), { colour })}\n`);
  }
}

function asShown(summary: RunSummary): RunSummary {
  const excerpts = summary.excerpts?.map((each) => ({ ...each, file: shownPath(each.file) }));
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

/** Of a run that did not even come to its summary in time. */
function printInterruption(message: string, display: Display, { stdout, stderr }: Streams): number {
  if (display.json)
    stdout.write(`${JSON.stringify({ error: { code: 'INTERRUPTED', message } })}\n`);
  stderr.write(`toedit: ${message}\n`);
  return exitCodes.interrupted;
}

const resumeHint = 'what was committed is kept; run the same command again to go on';

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : 'interrupted';
}
