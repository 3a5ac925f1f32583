import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { costOf } from '../cost-of.ts';
import { repeatFile } from '../repeat-file.ts';
import { sharedFile } from '../smollm2-directory.ts';
import { startToedit } from './start-toedit.ts';

/** A way of putting a machine's cores to work on one planned run, and what it took, round by round. */
export interface Workforce {
  readonly name: string;
  readonly processes: number;
  readonly args: readonly string[];
  readonly seconds: number[];
}

/** Carries out the same planned run by each workforce in turns. The time is that of the commands, their start included. */
export async function runByWorkers(
  scratch: string,
  {
    files,
    rows,
    rounds,
  }: { readonly files: number; readonly rows: number; readonly rounds: number },
): Promise<readonly Workforce[]> {
  const corpus = join(scratch, 'corpus');
  const planned = join(scratch, 'planned');
  await writeCorpus(corpus, { files });
  await startToedit(['plan', corpus, '--output', planned, '--limit', String(rows), '--quiet']);
  const workforces: readonly Workforce[] = [
    { name: 'one process, 1 thread', processes: 1, args: ['--threads', '1'], seconds: [] },
    { name: 'one process, 2 threads', processes: 1, args: ['--threads', '2'], seconds: [] },
    {
      name: 'one process, 2 engines of 1 thread',
      processes: 1,
      args: ['--devices', 'cpu*2', '--threads', '2'],
      seconds: [],
    },
    { name: 'two processes, 1 thread each', processes: 2, args: ['--threads', '1'], seconds: [] },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const { name, processes, args, seconds } of workforces) {
      const run = join(scratch, 'run');
      await cp(planned, run, { recursive: true });
      const work = () => startToedit(['run', run, '--quiet', ...args]);
      const cost = await costOf(() => Promise.all(Array.from({ length: processes }, work)));
      seconds.push(cost.seconds);
      console.log(name, cost.seconds);
      await rm(run, { recursive: true });
    }
  }
  return workforces;
}

async function writeCorpus(corpus: string, { files }: { readonly files: number }): Promise<void> {
  await mkdir(corpus);
  for (let i = 0; i < files; i++) {
    await repeatFile(
      sharedFile('data/paragraphs.parquet'),
      join(corpus, `${String(i)}.parquet`),
      1,
    );
  }
}
