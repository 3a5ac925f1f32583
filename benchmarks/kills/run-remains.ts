import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readManifest } from '../../src/run/manifest/read-manifest.ts';
import { runPaths, statePaths } from '../../src/run/run-paths.ts';

/** What a finished run has left: all that two runs of the same command must have in common. */
export interface RunRemains {
  /** Outputs and dead letters, by their paths in the output, and the SHA-256 of their bytes. */
  readonly files: Readonly<Record<string, string>>;
  /** Journals of failed files stay: they need not be computed again. */
  readonly journals: readonly string[];
  readonly parts: readonly string[];
  readonly claims: readonly string[];
}

/** Reads what is in the output directory of a run, its ledgers and metrics aside. */
export async function runRemains(output: string): Promise<RunRemains> {
  const { manifest } = statePaths(output);
  const paths = runPaths(output, (await readManifest(manifest)).name);
  const files: Record<string, string> = {};
  for (const entry of await readdir(output, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.startsWith(paths.state)) continue;
    files[relative(output, path)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return {
    files: Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))),
    journals: await namesIn(paths.journals),
    parts: await namesIn(paths.parts),
    claims: (await namesIn(paths.claims)).filter((name) => !name.startsWith('.')),
  };
}

async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).sort();
}
