import { isUsageError, ToeditError } from '../errors.ts';
import type { Display } from './corpus-flags.ts';
import { describeError } from './describe-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Streams } from './run-job.ts';

/** Prints what ended a command: a line on stderr, with `--json` an object on stdout, too. Returns the exit code. */
export function printError(error: unknown, display: Display, { stdout, stderr }: Streams): number {
  if (display.json) {
    const code = error instanceof ToeditError ? error.code : 'UNEXPECTED';
    const message = error instanceof Error ? error.message : String(error);
    stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  }
  stderr.write(`${describeError(error, display.verbose)}\n`);
  return isUsageError(error) ? exitCodes.usage : exitCodes.failed;
}
