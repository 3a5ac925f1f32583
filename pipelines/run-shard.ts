import type { RunSummary } from '../src/metrics/summary.ts';
import { requireNames } from '../src/options.ts';
import { readManifest } from '../src/run/manifest/read-manifest.ts';
import { statePaths } from '../src/run/run-paths.ts';
import { type RunTasksOptions, runTasks, runTasksOptionNames } from './executor/run-tasks.ts';

/**
 * Carries out a shard of a planned run: the tasks of it that are not at their end. Doing it twice, or in several processes
 * at once, gives the same bytes.
 *
 * @returns the summary of the shard's tasks, those included that were done before.
 * @throws ToeditError `MANIFEST_MISSING` where no run was planned in the directory; as `editCorpus`.
 */
export async function runShard(options: RunTasksOptions): Promise<RunSummary> {
  requireNames('runShard', options, runTasksOptionNames);
  return runTasks(await readManifest(statePaths(options.output).manifest), options);
}
