import { mkdirSync } from 'node:fs';
import { type RunPaths, runPaths } from '#toedit/src/run/run-paths';

/** The paths of a run in `directory` that was entered, though it has no manifest. */
export function bareRun(directory: string, name = 'one-0'): RunPaths {
  const paths = runPaths(directory, name);
  for (const path of [paths.journals, paths.claims, paths.parts, paths.workers]) {
    mkdirSync(path, { recursive: true });
  }
  return paths;
}
