import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isErrno } from '../errors.ts';
import { syncDirectory } from '../files/commit-file.ts';
import { writeFailed } from '../files/write-bytes.ts';
import { readRunName } from './manifest/read-manifest.ts';
import type { RunPaths, StatePaths } from './run-paths.ts';

/** What the names of retired state begin with. */
const retiredPrefix = '.toedit-retired-';

/**
 * Takes the run in an output directory out of force, by one rename: its manifest, claims, journals, ledgers and the files
 * that are being written go away together, so that no process of it, on whatever host, can bring another output about.
 * Then they are removed, as far as that goes. Outputs stay.
 *
 * @throws ToeditError `WRITE_FAILED`.
 */
export async function retireRun(paths: StatePaths): Promise<void> {
  const name = await readRunName(paths.manifest);
  const random = randomBytes(6).toString('hex');
  const retired = join(paths.output, `${retiredPrefix}${name ?? 'unknown'}-${random}`);
  try {
    await takeDeadLetters(paths, join(name ?? '', `dead-letters-${random}`));
    await rename(paths.state, retired);
    await syncDirectory(paths.output);
  } catch (error) {
    // Another process was as fast.
    if (!isErrno(error, 'ENOENT')) throw writeFailed(paths.state, error);
  }
  await removeRetired(paths);
}

/** Rows set aside go with their run; by its name, since those of a later one must not. */
async function takeDeadLetters({ deadLetters, state }: StatePaths, place: string): Promise<void> {
  await rename(deadLetters, join(state, place)).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT')) throw error;
  });
}

/** Directories of runs that were retired and could not be removed. They count for nothing. */
export async function findRetired({ output }: Pick<StatePaths, 'output'>): Promise<string[]> {
  const names = await readdir(output).catch(() => []);
  return names.filter((name) => name.startsWith(retiredPrefix)).map((name) => join(output, name));
}

/**
 * Removes what is left of retired runs, first the files that were about to become outputs: a host that still knows their
 * directory, as NFS lets it for a moment, finds nothing to rename there. Never fails.
 */
export async function removeRetired(paths: Pick<StatePaths, 'output'>): Promise<void> {
  for (const path of await findRetired(paths)) {
    const runs = await readdir(path).catch(() => []);
    for (const each of [...runs.map((run) => join(path, run, 'parts')), path]) {
      await rm(each, { recursive: true, force: true, maxRetries: 3 }).catch(() => null);
    }
  }
}

/**
 * Files below a run's output, and among the rows set aside, that are none of those given; retired runs
 * are not looked into.
 *
 * @param expected - the outputs and dead letters of the run.
 */
export async function findLeftovers(
  paths: RunPaths,
  expected: ReadonlySet<string>,
): Promise<readonly string[]> {
  const { output, deadLetters, state } = paths;
  const others = new Set([state, deadLetters, ...(await findRetired(paths))]);
  const known = new Set([...expected].map((path) => resolve(path)));
  const left: string[] = [];
  const walk = async (directory: string): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
      const path = join(directory, entry.name);
      if (others.has(path)) continue;
      if (entry.isDirectory()) await walk(path);
      else if (!known.has(path)) left.push(path);
    }
  };
  await walk(output);
  await walk(deadLetters);
  return left.toSorted();
}
