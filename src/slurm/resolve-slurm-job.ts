import { join, resolve } from 'node:path';
import { ToeditError } from '../errors.ts';
import { resolveEngines } from '../inference/resolve-engines.ts';
import { requireInteger } from '../options.ts';
import { stateDirectory } from '../run/run-paths.ts';
import { parseTimeLimit } from './parse-time-limit.ts';
import type { SlurmJob } from './slurm-job.ts';

/** Options of `submitSlurm`. */
export interface SlurmOptions
  extends Pick<SlurmJob, 'command' | 'concurrency' | 'time' | 'partition' | 'devices' | 'threads'> {
  /** The run's output directory. */
  readonly run: string;
  /** The shards to deal the run into. Where an array may not have as many tasks, tasks take several shards. */
  readonly array: number;
  /** Seconds before the time limit. @defaultValue 120, or half a time limit below 240 s. */
  readonly stopEarly?: number | undefined;
  /** @defaultValue 100 */
  readonly maxRequeues?: number | undefined;
  /** Further options of sbatch, one each, such as `--account=nlp`. @defaultValue none */
  readonly sbatchArgs?: readonly string[] | undefined;
}

const most = 2 ** 31 - 1;

/**
 * Checks the options and fills in what they leave open, for a cluster whose arrays have at most `maxTasks` tasks.
 *
 * @throws ToeditError BAD_OPTION.
 */
export function resolveSlurmJob(options: SlurmOptions, maxTasks: number): SlurmJob {
  const { array, concurrency, time, devices, threads, partition } = options;
  const { maxRequeues = 100, sbatchArgs = [] } = options;
  requireInteger('array', array, [1, most]);
  requireInteger('maxRequeues', maxRequeues, [0, most]);
  requireInteger('concurrency', concurrency, [1, most]);
  requireInteger('threads', threads, [1, most]);
  resolveEngines({ devices, threads });
  if (partition !== undefined) requireOwnOption(`--partition=${partition}`);
  for (const option of sbatchArgs) requireOwnOption(option);
  const run = resolve(options.run);
  requireNameable(run);
  return {
    ...{ run, concurrency, time, devices, threads, partition, maxRequeues, sbatchArgs },
    command: options.command,
    shards: array,
    tasks: Math.min(array, maxTasks),
    stopEarly: stopEarlyOf(options.stopEarly, time),
    logs: join(run, stateDirectory, 'slurm'),
  };
}

function stopEarlyOf(stopEarly: number | undefined, time: string | undefined): number {
  const limit = time === undefined ? most : parseTimeLimit(time);
  const seconds = stopEarly ?? Math.min(120, Math.floor(limit / 2));
  requireInteger('stopEarly', seconds, [0, 65_535]);
  if (seconds < limit) return seconds;
  const message = `stopEarly must be less than the time limit of ${String(limit)} s: ${String(seconds)}.`;
  throw new ToeditError('BAD_OPTION', message);
}

/** The array and what depends on it are of toedit's making. */
function requireOwnOption(option: string): void {
  const isOption = /^-\S/.test(option) && !/[\r\n]/.test(option);
  if (isOption && !/^(-a|-d|--array|--dependency|--wrap)(=|$|\d)/.test(option)) return;
  const message = `an argument for sbatch must be an option of it, other than --array, --dependency and --wrap: ${JSON.stringify(option)}.`;
  throw new ToeditError('BAD_OPTION', message);
}

/** Slurm takes a line for an option, and a backslash in a log's path for a request to keep its `%` as they are. */
function requireNameable(run: string): void {
  if (!/[\\\r\n]/.test(run)) return;
  const message = `Slurm cannot write logs below a path with a backslash or a line break: ${JSON.stringify(run)}; rename it.`;
  throw new ToeditError('BAD_OPTION', message);
}
