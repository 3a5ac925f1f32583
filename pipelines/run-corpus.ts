import type { Manifest } from '../src/manifest/manifest.ts';
import type { RunSummary } from '../src/report/run-summary.ts';
import type { EditCorpusOptions } from './corpus-options.ts';
import { prepareRun } from './prepare-run.ts';
import { runTasks } from './run-tasks.ts';

/** Plans a run, or finds it in its output directory, and carries it out. */
export async function runCorpus(
  command: Manifest['command'],
  options: EditCorpusOptions,
): Promise<RunSummary> {
  return runTasks(await prepareRun(command, options), options);
}
