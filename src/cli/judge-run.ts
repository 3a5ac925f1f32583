import { isUsageCode } from '../errors.ts';
import type { RunSummary } from '../metrics/summary.ts';
import { exitCodes } from './exit-codes.ts';

/** The exit code of a run. `maxDeadLetters` is the share of rows, from 0 to 1, that may be set aside. */
export function judgeRun(summary: RunSummary, maxDeadLetters: number): number {
  const { tasks, interrupted, deadLetters, rows } = summary;
  if (isHopeless(summary)) return exitCodes.usage;
  if (interrupted) return exitCodes.interrupted;
  if (tasks.failed > 0) return exitCodes.failed;
  const isShort = tasks.bad > 0 || tasks.pending > 0 || deadLetters > maxDeadLetters * rows;
  return isShort ? exitCodes.incomplete : exitCodes.done;
}

/** Where the request was at fault with every file, such as a column that none has, no other run of it can help. */
function isHopeless({ files }: RunSummary): boolean {
  const failed = files.filter(({ status }) => status === 'failed');
  const isAtFault = failed.every(({ error }) => isUsageCode(error?.code ?? ''));
  return failed.length > 0 && isAtFault && !files.some(({ status }) => status === 'done');
}
