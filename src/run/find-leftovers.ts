import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findRetired } from './retire-run.ts';
import type { RunPaths } from './run-paths.ts';

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
