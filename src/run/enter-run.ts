import { mkdir, rmdir } from 'node:fs/promises';
import { isErrno, ToeditError } from '../errors.ts';
import { makeDirectory } from '../files/commit-file.ts';
import { requireWithin } from '../files/inside.ts';
import { writeFailed } from '../files/write-bytes.ts';
import { readRunName } from './manifest/read-manifest.ts';
import type { RunPaths } from './run-paths.ts';

/**
 * Makes the directories that a run's processes write to, and then makes sure that the run is still the one in its output
 * directory: if it is retired later, they go with it. Nothing else makes them, so a process of a retired run finds its
 * paths gone, and cannot write into the run that came after.
 *
 * @throws ToeditError `MANIFEST_CONFLICT`; `OUTPUT_EXISTS` where a link leads out of the output directory; `WRITE_FAILED`.
 */
export async function enterRun(paths: RunPaths): Promise<void> {
  await requireWithin(paths.output, paths.journals);
  const inner = [paths.journals, paths.claims, paths.edits, paths.parts, paths.workers];
  try {
    await makeDirectory(paths.own);
    for (const path of inner) await makeInner(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw writeFailed(paths.own, error);
    await requireRun(paths);
    throw writeFailed(paths.own, error);
  }
  try {
    await requireRun(paths);
  } catch (error) {
    // What was made in the other run's state goes again; where it holds anything, it is not ours.
    for (const path of [...inner, paths.own, paths.state]) await rmdir(path).catch(() => null);
    throw error;
  }
}

/** Makes a directory in one that is there: a path below a run that was retired must not come to life again. */
export async function makeInner(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

/**
 * Makes sure that the run is still the one in its output directory.
 *
 * @throws ToeditError `MANIFEST_CONFLICT` where it was restarted.
 */
export async function requireRun({ manifest, output, run }: RunPaths): Promise<void> {
  const found = await readRunName(manifest);
  if (found === run) return;
  const what =
    found === null ? 'was removed, or is being begun anew,' : 'was begun anew by another process';
  throw new ToeditError(
    'MANIFEST_CONFLICT',
    `the run in ${output} ${what} while this one worked on it: it ends here, and writes nothing more there; start it again to work on what is there now`,
    { place: { file: output } },
  );
}

/**
 * Works for a run. Where that fails and the run is no longer there, this is what went wrong.
 *
 * @throws ToeditError `MANIFEST_CONFLICT`; else the error of the work.
 */
export async function underRun<T>(paths: RunPaths, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await requireRun(paths);
    throw error;
  }
}
