import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, ToeditError } from '../errors.ts';
import { makeDirectory } from '../files/commit-file.ts';
import { writeFailed } from '../files/write-bytes.ts';
import { statePaths } from '../run/run-paths.ts';
import { arrayScript, verifyScript } from './scripts.ts';
import { resolveSlurmJob, type SlurmJob, type SlurmOptions } from './slurm-job.ts';

/** What was handed to Slurm, or would be. */
export interface Submission {
  readonly arrayScript: string;
  readonly verifyScript: string;
  /** Where the scripts lie; nothing is there after a dry run. */
  readonly arrayScriptPath: string;
  readonly verifyScriptPath: string;
  readonly shards: number;
  readonly tasks: number;
  /** Null after a dry run. */
  readonly arrayJobId: string | null;
  readonly verifyJobId: string | null;
  /** The directory of the log files: `<array job>_<task>.log` and `verify-<job>.log`. */
  readonly logs: string;
}

/**
 * Writes the scripts of a run to its directory and submits them: an array that works on the run, and a job that verifies
 * it once all tasks of the array have ended, failed ones included.
 *
 * @throws ToeditError BAD_OPTION; INPUT_NOT_FOUND where nothing is planned; WRITE_FAILED; SCHEDULER_REFUSED.
 */
export async function submitSlurm(options: SlurmOptions): Promise<Submission> {
  requirePlan(options.run);
  const submission = prepare(resolveSlurmJob(options, await maxArraySize()));
  await writeScripts(submission);
  const arrayJobId = await submit(submission.arrayScriptPath);
  const verifyJobId = await submitVerification(submission.verifyScriptPath, arrayJobId);
  return { ...submission, arrayJobId, verifyJobId };
}

/**
 * What {@link submitSlurm} would submit; works without Slurm, and then assumes its default limit of an array.
 *
 * @throws ToeditError BAD_OPTION; INPUT_NOT_FOUND where nothing is planned.
 */
export async function previewSlurm(options: SlurmOptions): Promise<Submission> {
  requirePlan(options.run);
  return prepare(resolveSlurmJob(options, await maxArraySize().catch(() => slurmDefault)));
}

function prepare(job: SlurmJob): Submission {
  return {
    arrayScript: arrayScript(job),
    verifyScript: verifyScript(job),
    arrayScriptPath: join(job.logs, 'array.sbatch'),
    verifyScriptPath: join(job.logs, 'verify.sbatch'),
    shards: job.shards,
    tasks: job.tasks,
    arrayJobId: null,
    verifyJobId: null,
    logs: job.logs,
  };
}

function requirePlan(run: string): void {
  const { manifest } = statePaths(run);
  if (existsSync(manifest)) return;
  const message = `${run} holds no plan (${manifest}): make one with toedit plan INPUT... --output ${run}`;
  throw new ToeditError('INPUT_NOT_FOUND', message, { place: { file: manifest } });
}

async function writeScripts(submission: Submission): Promise<void> {
  const { arrayScriptPath, verifyScriptPath } = submission;
  try {
    await makeDirectory(dirname(arrayScriptPath));
    await writeFile(arrayScriptPath, submission.arrayScript);
    await writeFile(verifyScriptPath, submission.verifyScript);
  } catch (error) {
    throw writeFailed(arrayScriptPath, error);
  }
}

async function submit(script: string, ...options: readonly string[]): Promise<string> {
  const answer = await askSlurm('sbatch', ['--parsable', ...options, script]);
  // Of several clusters: the id, a semicolon, the cluster's name.
  return answer.trim().split(';')[0] ?? '';
}

/** `afterany`: a task that failed would hold back `afterok` for ever. */
async function submitVerification(script: string, arrayJobId: string): Promise<string> {
  try {
    return await submit(script, `--dependency=afterany:${arrayJobId}`);
  } catch (cause) {
    const reason = messageOf(cause);
    const message = `job array ${arrayJobId} is submitted, but its verification is not: ${reason}`;
    throw new ToeditError('SCHEDULER_REFUSED', message, { cause });
  }
}

const run = promisify(execFile);

/**
 * Runs one of Slurm's programs and resolves with what it printed.
 *
 * @throws ToeditError SCHEDULER_REFUSED with Slurm's own words.
 */
async function askSlurm(program: string, args: readonly string[]): Promise<string> {
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

/**
 * How many tasks an array of this cluster may have: its indices, from 0, are below `MaxArraySize`.
 *
 * @throws ToeditError SCHEDULER_REFUSED where Slurm is absent, does not answer, or allows no arrays.
 */
async function maxArraySize(): Promise<number> {
  const configuration = await askSlurm('scontrol', ['show', 'config']);
  const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(configuration)?.[1] ?? slurmDefault);
  if (size > 0) return size;
  const message = 'this cluster allows no job arrays (MaxArraySize is 0): ask its administrators';
  throw new ToeditError('SCHEDULER_REFUSED', message);
}

/** `MaxArraySize` where slurm.conf does not set it. */
const slurmDefault = 1001;
