import { isRetryable, isUsageCode } from '../errors.ts';
import { type RunSummary, writtenRowsOf } from '../metrics/summary.ts';

/** What the command line exits with, for scripts and schedulers to act on. */
export const exitCodes = {
  /** Every file was finished. */
  done: 0,
  /** Something failed that may be gone the next time, such as a full disk: run it again. */
  failed: 1,
  /** The request was at fault: running it again as it is cannot help. */
  usage: 2,
  /** Finished, but for files that are bad themselves, or with more rows set aside than are allowed. */
  incomplete: 3,
  /** Stopped by SIGINT, SIGTERM or SIGUSR1: run it again to continue. EX_TEMPFAIL of sysexits.h. */
  interrupted: 75,
} as const;

/** What the help of the commands that make a run says of it. */
export const exitHelp = `
Exit codes: 0 done; 1 failed, but may work the next time; 2 wrong request; 3 finished, but some files were bad
or rows were set aside; 75 interrupted, and the same command continues.`;

/** The exit code of a command that ended with an error of this code. */
export function exitCodeOfError(code: string): number {
  if (isUsageCode(code)) return exitCodes.usage;
  return isRetryable(code) ? exitCodes.failed : exitCodes.incomplete;
}

/** The exit code of a run. `maxDeadLetters` is the share of rows, from 0 to 1, that may be set aside. */
export function exitCodeOf(summary: RunSummary, maxDeadLetters: number): number {
  const { tasks, interrupted, deadLetters } = summary;
  if (isHopeless(summary)) return exitCodes.usage;
  if (interrupted) return exitCodes.interrupted;
  if (tasks.failed > 0) return exitCodes.failed;
  const isShort =
    hasNoText(summary) ||
    tasks.bad > 0 ||
    tasks.pending > 0 ||
    deadLetters > maxDeadLetters * rowsOf(summary);
  return isShort ? exitCodes.incomplete : exitCodes.done;
}

/** The rows that were read: `rows` counts texts where a row may have more than one. */
function rowsOf({ rows, files }: RunSummary): number {
  return files.reduce((sum, file) => {
    const own = writtenRowsOf(file) + (file.deadLetters ?? 0);
    return sum - (file.rows - own);
  }, rows);
}

/** Where nothing was there to be edited: every row is without text, or nothing but files that are left out was met. */
export function hasNoText({
  rows,
  passed,
  files,
}: Pick<RunSummary, 'rows' | 'passed' | 'files'>): boolean {
  const textless = passed.null_text + passed.not_text + passed.not_json + passed.invalid_utf8;
  const isAllLeftOut = files.length > 0 && files.every(({ status }) => status === 'skipped');
  return isAllLeftOut || (rows > 0 && textless === rows);
}

/** Where the request was at fault with every file, such as a column that none has, no other run of it can help. */
function isHopeless({ files }: RunSummary): boolean {
  const failed = files.filter(({ status }) => status === 'failed');
  const isAtFault = failed.every(({ error }) => isUsageCode(error?.code ?? ''));
  return failed.length > 0 && isAtFault && !files.some(({ status }) => status === 'done');
}
