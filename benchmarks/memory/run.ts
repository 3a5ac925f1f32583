import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine } from '../machine.ts';
import { repeatFile } from '../repeat-file.ts';
import { sharedFile } from '../smollm2-directory.ts';

/** What `measure.js` prints: one run in a process of its own. */
interface Measured {
  readonly rows: number;
  readonly peakRssBytes: number;
  readonly seconds: number;
}

const measure = fileURLToPath(new URL('measure.js', import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), 'toedit-memory-'));
const lines: string[] = [];
/** What counts as flat. */
const goal = 1.2;
/** Of each file, the peak of a run over ten times the file over that of three times. */
const growth: number[] = [];
for (const name of ['paragraphs.parquet', 'tech.arrow']) await measureFile(name);
await rm(scratch, { recursive: true });
await writeFile(
  'benchmarks/memory/RESULTS.md',
  `# Memory

**Question.** Does the resident memory of the pipeline grow with the corpus, or when the sink stalls?

**Scope.** The pipeline around the forward pass, whose model's memory is its own: reading, tokenising, packing, resampling,
splicing, writing; the prior is \`models/tiny\` with its forward pass left out.

**Machine.** ${machine()}.

**Method.** A file of the shared data is repeated 3 and 10 times into one file (row groups of 5,000); each run is a process of its own, and its
peak RSS is the operating system's. *run*: what \`toedit edit\` does to a file: through the journal, each record batch synced, to an
output that is read again. *write*: the output is written in the input's format. *stall*: the sink takes one record
batch and then none for five seconds, while the pipeline is free to read ahead. Regenerate: \`npm run benchmark -- memory\`.

| file | times | sink | rows | seconds | peak RSS, MiB | ratio to 3 times |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}

**Verdict.** With 3.3 times the corpus a run peaks at ${growth.map((ratio) => ratio.toFixed(2)).join(' and ')} times the memory: ${Math.max(...growth) <= goal ? 'flat' : 'not flat'} (at most ${goal} times).
`,
);

async function measureFile(name: string): Promise<void> {
  let base = Number.NaN;
  for (const times of [3, 10]) {
    const input = join(scratch, `${String(times)}-${name}`);
    await repeatFile(sharedFile(`data/${name}`), input, times);
    for (const sink of ['run', 'write', 'stall']) {
      const printed = execFileSync(process.execPath, [measure, input, sink], { encoding: 'utf8' });
      const { rows, peakRssBytes, seconds } = JSON.parse(printed) as Measured;
      const mebibytes = peakRssBytes / 2 ** 20;
      if (Number.isNaN(base)) base = mebibytes;
      const ratio = (mebibytes / base).toFixed(2);
      if (sink === 'run' && times === 10) growth.push(mebibytes / base);
      const cells = [name, times, sink, rows, seconds.toFixed(1), mebibytes.toFixed(0), ratio];
      lines.push(`| ${cells.join(' | ')} |`);
      console.log(lines.at(-1));
    }
  }
}
