import type { CorpusOptions } from '../../pipelines/corpus-options.ts';
import { isUsageCode } from '../errors.ts';
import { renderSummary } from '../report/render-summary.ts';
import type { FileReport, RunSummary } from '../report/run-summary.ts';
import { serializeSummary } from '../report/serialize-summary.ts';
import type { Display } from './corpus-flags.ts';
import { describeFileError } from './describe-error.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterruption } from './interruption.ts';
import { printError } from './print-error.ts';
import { type ProgressStream, showProgress } from './show-progress.ts';

/** Where a run prints: the standard streams, or what stands for them. */
export interface Streams {
  readonly stdout: ProgressStream & { hasColors?(): boolean };
  readonly stderr: ProgressStream;
}

/** Runs a corpus job, prints what came of it, and resolves with the exit code. Never rejects. */
export async function runJob<Options extends CorpusOptions>(
  job: (options: Options) => Promise<RunSummary>,
  options: Options,
  { display, streams }: { readonly display: Display; readonly streams: Streams },
): Promise<number> {
  using interruption = listenForInterruption();
  const { signal } = interruption;
  const progress = showProgress(streams.stderr, () => performance.now());
  const onProgress = display.quiet ? undefined : progress.show;
  try {
    const summary = await job({ ...options, signal, onProgress });
    progress.end();
    return printSummary(summary, display, streams);
  } catch (error) {
    progress.end();
    return signal.aborted
      ? printInterruption(signal.reason, display, streams)
      : printError(error, display, streams);
  }
}

function printSummary(summary: RunSummary, display: Display, streams: Streams): number {
  const failed = summary.files.filter((file) => file.status === 'failed');
  const exitCode = exitCodeOf(summary.files, failed);
  printReport(
    summary,
    { ...display, quiet: display.quiet || exitCode === exitCodes.usage },
    streams,
  );
  for (const { input, error } of failed) {
    streams.stderr.write(`${describeFileError(input, error?.message ?? 'failed')}\n`);
  }
  return exitCode;
}

/** Where the request was at fault with every file, such as a column that none has, no other run of it can help. */
function exitCodeOf(files: readonly FileReport[], failed: readonly FileReport[]): number {
  if (failed.length === 0) return exitCodes.done;
  const atFault = failed.filter(({ error }) => isUsageCode(error?.code ?? ''));
  const isHopeless = atFault.length === failed.length && !files.some(isDone);
  return isHopeless ? exitCodes.usage : exitCodes.failed;
}

function isDone({ status }: FileReport): boolean {
  return status === 'done';
}

function printReport(summary: RunSummary, { json, quiet }: Display, { stdout }: Streams): void {
  if (json) stdout.write(`${serializeSummary(summary)}\n`);
  else if (!quiet) {
    const colour = stdout.isTTY === true && stdout.hasColors?.() === true;
    stdout.write(`${renderSummary(summary, { colour })}\n`);
  }
}

function printInterruption(reason: unknown, display: Display, { stdout, stderr }: Streams): number {
  const why = reason instanceof Error ? reason.message : 'interrupted';
  const message = `${why}: finished files are kept, nothing half-written stays`;
  if (display.json)
    stdout.write(`${JSON.stringify({ error: { code: 'INTERRUPTED', message } })}\n`);
  stderr.write(`toedit: ${message}; run the same command again with --overwrite\n`);
  return exitCodes.interrupted;
}
