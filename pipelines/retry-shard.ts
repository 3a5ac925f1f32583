import type { RunSummary } from '../src/report/run-summary.ts';
import { resetFailed } from '../src/run/ledger/reset-failed.ts';
import { dealTasks } from '../src/run/manifest/deal-tasks.ts';
import { readManifest } from '../src/run/manifest/read-manifest.ts';
import { runPaths } from '../src/run/run-paths.ts';
import { type RunTasksOptions, runTasks } from './executor/run-tasks.ts';

/**
 * Tries the failed tasks of a shard again, bad files included, and does what else is left.
 *
 * @throws ToeditError as `runShard`.
 */
export async function retryShard(options: RunTasksOptions): Promise<RunSummary> {
  const paths = runPaths(options.output);
  const manifest = await readManifest(paths.manifest);
  const tasks = dealTasks(manifest.tasks, options.shard ?? { index: 0, count: 1 });
  await resetFailed(paths, { tasks: tasks.map(({ index }) => index) });
  return runTasks(manifest, options);
}
