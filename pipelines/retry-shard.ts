import type { RunSummary } from '../src/metrics/summary.ts';
import { requireNames } from '../src/options.ts';
import { enterRun, underRun } from '../src/run/enter-run.ts';
import { resetFailed } from '../src/run/ledger/reset-failed.ts';
import { readManifest } from '../src/run/manifest/read-manifest.ts';
import { runPaths, statePaths } from '../src/run/run-paths.ts';
import { assignTasks } from '../src/run/shards/assign-tasks.ts';
import { type RunTasksOptions, runTasks, runTasksOptionNames } from './executor/run-tasks.ts';

/**
 * Tries the failed tasks of a shard again, bad files included, and does what else is left. Their inputs are taken as they
 * are now: a file that was repaired is worked on, one that was removed is left out.
 *
 * @throws ToeditError as `runShard`.
 */
export async function retryShard(options: RunTasksOptions): Promise<RunSummary> {
  requireNames('retryShard', options, runTasksOptionNames);
  const manifest = await readManifest(statePaths(options.output).manifest);
  const paths = runPaths(options.output, manifest.name);
  const tasks = assignTasks(manifest.tasks, options.shard ?? { index: 0, count: 1 });
  await enterRun(paths);
  await underRun(paths, () => resetFailed(paths, tasks));
  return runTasks(manifest, options);
}
