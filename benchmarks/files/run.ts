import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Build, buildsBeside } from '../builds/build.ts';
import { type EditPlace, editWith } from '../builds/edit-with.ts';
import { canTrace, traceWrites } from '../builds/trace-writes.ts';
import { machine } from '../machine.ts';
import { type Format, formats, makeCorpus } from './corpora.ts';
import { type Contestant, resultsPage, tracedFiles } from './results-page.ts';

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: { baseline: { type: 'string' }, 'baseline-files': { type: 'string' } },
});
const [files = 10_000, rounds = 3] = positionals.map(Number);
const builds = buildsBeside(values.baseline);
/** A library that makes syncs do nothing: Debian's package libeatmydata1. */
const unsyncedLibrary = process.env['EATMYDATA'] ?? '/usr/lib/x86_64-linux-gnu/libeatmydata.so';

const scratch = await mkdtemp(join(await realpath(tmpdir()), 'toedit-files-'));
try {
  const contestants: Contestant[] = [];
  for (const format of ['jsonl', 'parquet'] as const) {
    for (const build of builds) contestants.push(await enter(build, format));
  }
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) await runRound(contestant);
  }
  await writeFile('benchmarks/files/RESULTS.md', resultsPage(contestants, machine()));
} finally {
  await rm(scratch, { recursive: true });
}

async function enter(build: Build, format: Format): Promise<Contestant> {
  const fewer = build.name === 'baseline' ? Number(values['baseline-files'] ?? files) : files;
  for (const count of [1, tracedFiles, fewer]) {
    const { input } = place(format, count);
    if (!existsSync(input)) await makeCorpus(input, format, count);
  }
  const { syncs } = canTrace()
    ? await traceWrites(build, place(format, tracedFiles))
    : { syncs: Number.NaN };
  return { build, format, files: fewer, syncsPerFile: syncs / tracedFiles, rounds: [] };
}

async function runRound({ build, format, files: count, rounds: done }: Contestant): Promise<void> {
  const start = await editWith(build, place(format, 1));
  const whole = await editWith(build, place(format, count));
  const environment = { LD_PRELOAD: unsyncedLibrary };
  const unsynced = existsSync(unsyncedLibrary)
    ? await editWith(build, place(format, count), { environment })
    : undefined;
  done.push({ start, whole, unsynced });
  console.log(build.name, formats[format], count, whole.seconds, whole.cpuSeconds);
}

function place(format: Format, count: number): EditPlace {
  const input = join(scratch, `${String(count)}-${format}`);
  return { input, output: `${input}-edited` };
}
