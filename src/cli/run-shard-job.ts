import type { RunTasksOptions } from '../../pipelines/executor/run-tasks.ts';
import type { RunSummary } from '../metrics/summary.ts';
import { shardFromEnvironment } from '../run/shards/shard-from-environment.ts';
import { printError } from './print-error.ts';
import type { ShardRequest } from './program.ts';
import type { Surroundings } from './run-cli.ts';
import { type JobManners, runJob } from './run-job.ts';

/** Runs the shard that was asked for or that the scheduler's variables name. Never rejects. */
export async function runShardJob(
  job: (options: RunTasksOptions) => Promise<RunSummary>,
  { shards, ...options }: ShardRequest,
  { manners, streams }: { readonly manners: JobManners; readonly streams: Surroundings },
): Promise<number> {
  try {
    const shard = shardFromEnvironment(streams.env, { shard: options.shard, shards });
    return await runJob(job, { ...options, shard }, { manners, streams });
  } catch (error) {
    return printError(error, manners, streams);
  }
}
