import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planReplay } from '../../src/run/journal/read-run.ts';
import { scanSegment } from '../../src/run/journal/scan-segment.ts';
import { segmentExtension } from '../../src/run/journal/segment-writer.ts';
import { readRunName } from '../../src/run/manifest/read-manifest.ts';
import { runPaths, statePaths } from '../../src/run/run-paths.ts';

/** Rows that a process, now dead, had begun to score and not committed: what its kill makes another repeat. */
export async function rowsInVain(output: string, pid: number): Promise<number> {
  const run = await readRunName(statePaths(output).manifest);
  if (run === null) return 0;
  const { journals } = runPaths(output, run);
  let rows = 0;
  for (const name of await readdir(journals).catch(() => [])) {
    rows += await rowsInVainOf(join(journals, name), pid).catch(ifThere);
  }
  return rows;
}

/** Another process may finish the unit at this moment, and remove its journal: then nothing of it is repeated. */
async function rowsInVainOf(directory: string, pid: number): Promise<number> {
  const before = await readdir(directory);
  const rows = (await begunBy(directory, pid)) - (await committedRows(directory));
  const after = await readdir(directory);
  return before.every((name) => after.includes(name)) ? Math.max(0, rows) : 0;
}

function ifThere(error: unknown): number {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
  throw error;
}

async function begunBy(directory: string, pid: number): Promise<number> {
  const notes = (await readdir(directory)).filter((name) =>
    new RegExp(`-${String(pid)}-[0-9a-f]+\\.begun$`).test(name),
  );
  const begun = await Promise.all(notes.map((name) => readFile(join(directory, name), 'utf8')));
  return Math.max(0, ...begun.map(Number));
}

async function committedRows(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(segmentExtension));
  const segments = await Promise.all(names.map((name) => scanSegment(join(directory, name))));
  const found = segments.filter((segment) => segment !== undefined);
  return planReplay(found).at(-1)?.batches.at(-1)?.end ?? 0;
}
