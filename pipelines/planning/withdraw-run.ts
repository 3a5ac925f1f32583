import { isUsageError } from '../../src/errors.ts';
import { retireRun } from '../../src/run/retire-run.ts';
import { statePaths } from '../../src/run/run-paths.ts';
import type { CorpusOptions } from '../stages/corpus-options.ts';
import { isUntouched } from './continue-run.ts';
import type { PreparedRun } from './prepare-run.ts';

/**
 * Does the work of a run. A new run that is refused before any work, for a device that is not there, say, leaves nothing in
 * its output directory: the command can be mended and run again.
 *
 * @throws the errors of the work.
 */
export async function orWithdraw<T>(
  { manifest, isNew }: PreparedRun,
  { output }: Pick<CorpusOptions, 'output'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isRefused = isNew && isUsageError(error);
    if (isRefused && (await isUntouched(manifest, output))) await retireRun(statePaths(output));
    throw error;
  }
}
