import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ToeditError } from '../errors.ts';

const run = promisify(execFile);

/**
 * Runs one of Slurm's programs and resolves with what it printed.
 *
 * @throws ToeditError SCHEDULER_REFUSED with Slurm's own words.
 */
export async function askSlurm(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(program, args)).stdout;
  } catch (error) {
    throw refusal(program, error);
  }
}

function refusal(program: string, cause: unknown): ToeditError {
  const { code, stderr = '' } = cause as { readonly code?: unknown; readonly stderr?: string };
  const message =
    code === 'ENOENT'
      ? `${program} is not on this machine: submit from a login node of the Slurm cluster, or print the script with --dry-run`
      : `${program} failed: ${stderr.trim().replace(/\s+/g, ' ') || String(cause)}; change the options, or ask with sinfo what the cluster has`;
  return new ToeditError('SCHEDULER_REFUSED', message, { cause });
}
