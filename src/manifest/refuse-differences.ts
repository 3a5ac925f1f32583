import { ToeditError } from '../errors.ts';
import type { Manifest } from './manifest.ts';
import { manifestDifferences } from './manifest-differences.ts';

/**
 * Makes sure that the run in an output directory is the one that is wanted.
 *
 * @param output - the directory, as the user named it.
 * @throws ToeditError `MANIFEST_CONFLICT` naming what differs.
 */
export function refuseDifferences(existing: Manifest, wanted: Manifest, output: string): void {
  const differences = manifestDifferences(existing, wanted);
  if (differences.length === 0) return;
  const changes = differences.map(({ what, was, is }) => `${what} was ${was}, is ${is}`);
  throw new ToeditError(
    'MANIFEST_CONFLICT',
    `${output} holds a run that differs: ${changes.join('; ')}. Put it back to go on with that run, write to another output directory, or begin anew with --overwrite`,
    { place: { file: output } },
  );
}
