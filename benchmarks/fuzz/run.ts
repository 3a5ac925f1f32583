import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../machine.ts';
import { writeBaseFiles } from './base-files.ts';
import { caseOf, mutantOf } from './cases.ts';
import { fuzz, openReaders } from './fuzz.ts';
import { resultsPage, tableOf } from './results-page.ts';

const fullCases = 20_000;
/** From so many cases on, the results are kept, also of a run that was interrupted. */
const keptCases = 10_000;

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  options: {
    first: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    replay: { type: 'string' },
    /** Where the mutant that is replayed is kept. */
    save: { type: 'string' },
  },
  allowPositionals: true,
});
const directory = await mkdtemp(join(tmpdir(), 'toedit-fuzz-'));
try {
  if (values.replay === undefined) await run(Number(positionals[0] ?? fullCases));
  else await replay(values.replay);
} finally {
  await rm(directory, { recursive: true });
}

async function run(count: number): Promise<void> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  const report = await fuzz({
    directory,
    count,
    signal: interruption.signal,
    first: Number(values.first),
    jobs: Number(values.jobs),
    onCase: (done) => {
      if (done % 500 === 0) console.log(`${done} cases`);
    },
  });
  console.log(tableOf(report).join('\n'));
  console.log(report.faults);
  if (report.tallies.length >= keptCases) {
    await writeFile('benchmarks/fuzz/RESULTS.md', resultsPage(report, machine()));
  }
}

async function replay(id: string): Promise<void> {
  await writeBaseFiles(directory);
  const { kind, bytes } = await mutantOf(directory, caseOf(id));
  if (values.save !== undefined) await writeFile(values.save, bytes);
  await using readers = openReaders({ directory }, 0);
  console.log({ mutation: kind, ...(await readers.judge(caseOf(id))) });
}
