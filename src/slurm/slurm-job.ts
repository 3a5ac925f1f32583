import { join, resolve } from 'node:path';
import { ToeditError } from '../errors.ts';
import { resolveEngines } from '../inference/engine-options.ts';
import { requireInteger } from '../options.ts';
import { stateDirectory } from '../run/run-paths.ts';
import { hasControls } from '../text/printable.ts';

/** What is asked of Slurm: the options of {@link arrayScript} and {@link verifyScript}. */
export interface SlurmJob {
  /** The run's output directory, absolute. */
  readonly run: string;
  /** The words that call toedit on the nodes, such as the paths of node and of the program. */
  readonly command: readonly string[];
  /** The number of shards that the run is split into. */
  readonly shards: number;
  /** Tasks of the array; with fewer tasks than shards, a task works on several shards, one after the other. */
  readonly tasks: number;
  /** Array tasks that run at a time; undefined leaves it to Slurm. */
  readonly concurrency?: number | undefined;
  /** The time limit of a task, as sbatch takes it; undefined leaves it to the partition. */
  readonly time?: string | undefined;
  /** Seconds before the time limit at which toedit is asked to stop. */
  readonly stopEarly: number;
  readonly partition?: string | undefined;
  /** CPUs of a task, and inference threads of its engines; undefined takes what Slurm gives. */
  readonly threads?: number | undefined;
  /** A device for each engine of a task; undefined for one engine. */
  readonly devices?: readonly string[] | undefined;
  /** How often a task that its time limit stopped is put back in the queue. */
  readonly maxRequeues: number;
  /** Further options of sbatch, one each. */
  readonly sbatchArgs: readonly string[];
  /** The directory of the log files, absolute. */
  readonly logs: string;
}

/** Options of `submitSlurm`. */
export interface SlurmOptions
  extends Pick<SlurmJob, 'command' | 'concurrency' | 'time' | 'partition' | 'devices' | 'threads'> {
  /** The run's output directory. */
  readonly run: string;
  /** The number of shards to split the run into. Where an array may not have as many tasks, tasks take several shards. */
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

/** The array, what depends on it, and how its tasks are stopped and resumed are of toedit's making. */
const ownOptions = ['array', 'dependency', 'wrap', 'no-requeue', 'signal'] as const;

/** Options of sbatch of one letter that take no value, or one only where it is joined to them: others may follow them. */
const joinedOptions = '[HhIkOQsuvVWX]*';

function requireOwnOption(option: string): void {
  const isOption = /^--?[A-Za-z]/.test(option) && !hasControls(option);
  // A word within is no option for sbatch, but one for whoever forgot that each is given by itself.
  if (isOption && !option.split(/\s+/).some(isOwnOption)) return;
  const message = `an argument for sbatch must be one option of it, other than ${ownOptions.map((name) => `--${name}`).join(', ')}: ${JSON.stringify(option)}.`;
  throw new ToeditError('BAD_OPTION', message);
}

/** Quotes do not hide an option, nor does an abbreviation: sbatch takes each beginning of a long option that is of no other. */
function isOwnOption(word: string): boolean {
  const bare = word.replace(/["'\\]/g, '');
  if (new RegExp(`^-${joinedOptions}[ad]`).test(bare)) return true;
  const name = /^--([^=]+)/.exec(bare)?.[1];
  return name !== undefined && ownOptions.some((own) => own.startsWith(name.toLowerCase()));
}

/** Slurm takes a line for an option, and a backslash in a log's path for a request to keep its `%` as they are. */
function requireNameable(run: string): void {
  if (!run.includes('\\') && !hasControls(run)) return;
  const message = `Slurm cannot write logs below a path with a backslash or a control character: ${JSON.stringify(run)}; rename it.`;
  throw new ToeditError('BAD_OPTION', message);
}

/**
 * Reads a time limit in a form that sbatch takes: `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`,
 * `days-hours:minutes` or `days-hours:minutes:seconds`.
 *
 * @returns seconds.
 * @throws ToeditError BAD_OPTION.
 */
export function parseTimeLimit(text: string): number {
  const match = /^(?:(?<days>\d+)-)?(?<clock>\d+(?::\d+){0,2})$/.exec(text);
  const seconds = match === null ? 0 : secondsOf(match.groups?.['clock'], match.groups?.['days']);
  if (seconds > 0) return seconds;
  const message = `the time limit must be minutes, hours:minutes:seconds or days-hours: ${text}.`;
  throw new ToeditError('BAD_OPTION', message);
}

function secondsOf(clock = '', days: string | undefined): number {
  const parts = clock.split(':').map(Number);
  // After days come hours; without them a single number is minutes, and so is the first of two.
  const [hours = 0, minutes = 0, seconds = 0] =
    days === undefined && parts.length < 3 ? [0, ...parts] : parts;
  return Number(days ?? 0) * 86_400 + hours * 3600 + minutes * 60 + seconds;
}
