import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeKillCorpus } from '#toedit/benchmarks/kills/kill-corpus';
import { type RunPlace, startRun } from '#toedit/benchmarks/kills/start-run';
import { runDirectory } from '../run-directory.ts';

test('a kill in the thread that writes Parquet leaves half a part and no output; the next run gives the same bytes', {
  timeout: 300_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'toedit-kill-parquet-'));
  await writeKillCorpus(join(directory, 'all'));
  const corpus = join(directory, 'groups.parquet');
  await rename(join(directory, 'all/groups.parquet'), corpus);
  const at = (output: string): RunPlace => ({
    command: 'edit',
    input: corpus,
    output: join(directory, output),
    temporary: directory,
  });
  const outputOf = (run: string): string => join(directory, run, 'groups.parquet');
  expect((await startRun(at('undisturbed'), { filesInFlight: 1 }).ended).code).toBe(0);

  const path = '/\\.toedit/[^/]+/parts/[^/]*\\.part$';
  const target = { operation: 'write', path, moment: 'half', nth: 1 } as const;
  const killed = startRun(at('killed'), { filesInFlight: 1, target });
  expect((await killed.ended).isKilled).toBe(true);
  expect(await readdir(join(runDirectory(join(directory, 'killed')), 'parts'))).toHaveLength(1);
  expect(existsSync(outputOf('killed'))).toBe(false);

  expect((await startRun(at('killed'), { filesInFlight: 1 }).ended).code).toBe(0);
  expect(await readdir(join(runDirectory(join(directory, 'killed')), 'parts'))).toEqual([]);
  expect(await readFile(outputOf('killed'))).toEqual(await readFile(outputOf('undisturbed')));
  await rm(directory, { recursive: true });
});
