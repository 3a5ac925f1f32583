import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Build, buildsBeside } from '../builds/build.ts';
import { type EditPlace, editWith } from '../builds/edit-with.ts';
import { canTrace, traceWrites } from '../builds/trace-writes.ts';
import { machine } from '../machine.ts';
import { type Format, formats, makeCorpora } from './corpora.ts';
import { type Contestant, resultsPage } from './results-page.ts';

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: { baseline: { type: 'string' } },
});
const [megabytes = 100, rounds = 3] = positionals.map(Number);
const builds = buildsBeside(values.baseline);

const scratch = await mkdtemp(join(await realpath(tmpdir()), 'toedit-journal-'));
try {
  await makeCorpora(scratch, 'whole', megabytes);
  // What is written is in proportion to the text, and strace slows it down.
  await makeCorpora(scratch, 'tenth', megabytes / 10);
  const contestants: Contestant[] = [];
  for (const format of ['jsonl', 'arrow', 'parquet'] as const) {
    for (const build of builds) contestants.push(await enter(build, format));
  }
  for (let round = 0; round < rounds; round++) {
    for (const { build, format, rounds: done } of contestants) {
      done.push(await editWith(build, place('whole', format)));
      console.log(build.name, formats[format], done.at(-1)?.seconds, done.at(-1)?.cpuSeconds);
    }
  }
  await writeFile('benchmarks/journal/RESULTS.md', resultsPage(contestants, machine()));
} finally {
  await rm(scratch, { recursive: true });
}

async function enter(build: Build, format: Format): Promise<Contestant> {
  const writes = canTrace() ? await traceWrites(build, place('tenth', format)) : undefined;
  return { build, format, writes, rounds: [] };
}

function place(name: string, format: Format): EditPlace {
  return {
    input: join(scratch, `${name}.${format}`),
    output: join(scratch, `${name}-${format}-edited`),
  };
}
