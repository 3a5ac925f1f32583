import type { RunSummary } from '../src/metrics/summary.ts';
import type { Manifest } from '../src/run/manifest/manifest.ts';
import type { EditCorpusOptions } from './corpus-options.ts';
import { runTasks } from './executor/run-tasks.ts';
import { prepareRun } from './prepare-run.ts';

/** Plans a run, or finds it in its output directory, and carries it out. */
export async function runCorpus(
  command: Manifest['command'],
  options: EditCorpusOptions,
): Promise<RunSummary> {
  return runTasks(await prepareRun(command, options), options);
}
