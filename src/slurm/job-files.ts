import { basename, join } from 'node:path';
import type { SlurmJob } from './slurm-job.ts';

/** What the queue shows: the name of the run's directory, in characters that no tool minds. */
export function jobName({ run }: Pick<SlurmJob, 'run'>): string {
  return `toedit-${basename(run).replaceAll(/[^\w.-]+/g, '-')}`;
}

/** The path of a log file for `--output`; `pattern` keeps its replacement symbols, and the directory gets none. */
export function logFile({ logs }: Pick<SlurmJob, 'logs'>, pattern: string): string {
  return `${join(logs.replaceAll('%', '%%'), pattern)}.log`;
}
