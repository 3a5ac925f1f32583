import { isUsageError } from '../../src/errors.ts';
import type { RunSummary } from '../../src/metrics/summary.ts';
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import { retireRun } from '../../src/run/retire-run.ts';
import { statePaths } from '../../src/run/run-paths.ts';
import type { EditCorpusOptions } from '../stages/corpus-options.ts';
import { isUntouched } from './continue-run.ts';
import { prepareRun } from './prepare-run.ts';
import { runTasks } from './run-tasks.ts';

/**
 * Begins a run or continues it. One that is refused before any work, for a device that is not there, say, leaves nothing in
 * its output directory: the command can be mended and run again.
 *
 * @throws ToeditError as `prepareRun` and `runTasks` do.
 */
export async function startRun(
  command: Manifest['command'],
  options: EditCorpusOptions,
): Promise<RunSummary> {
  const { manifest, isNew } = await prepareRun(command, options);
  try {
    return await runTasks(manifest, options);
  } catch (error) {
    const isRefused = isNew && isUsageError(error);
    if (isRefused && (await isUntouched(manifest, options.output))) {
      await retireRun(statePaths(options.output));
    }
    throw error;
  }
}
