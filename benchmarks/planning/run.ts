import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { machine } from '../machine.ts';
import { median } from '../median.ts';
import { sharedFile } from '../smollm2-directory.ts';

const toedit = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const files = 10_000;
const largeBytes = 10 ** 9;
const rounds = 3;
const line = `${JSON.stringify({ text: 'The old man was thin and gaunt. '.repeat(32) })}\n`;

const scratch = await mkdtemp(join(tmpdir(), 'toedit-planning-'));
const corpus = join(scratch, 'corpus');
await makeSmallFiles();
await makeLargeFile(join(corpus, 'large.jsonl'));
const plans: number[] = [];
const states: number[] = [];
const output = join(scratch, 'planned');
for (let round = 0; round < rounds; round++) {
  plans.push(secondsOf('plan', corpus, '--output', output, '--overwrite'));
  states.push(secondsOf('status', output));
}
const { size } = await stat(join(output, '.toedit/manifest.jsonl'));
await rm(scratch, { recursive: true });
const row = (what: string, seconds: readonly number[]): string =>
  `| ${what} | ${median(seconds).toFixed(1)} | ${seconds.map((each) => each.toFixed(1)).join(', ')} |`;
await writeFile(
  'benchmarks/planning/RESULTS.md',
  `# Planning

**Question.** How long does a run over very many files take before its first batch, and how long does it take to show its progress?

**Machine.** ${machine()}.

**Method.** ${files} small files (half Parquet, half gzip JSON Lines) and one JSON Lines file of 1 GB; the whole command, its start included,
${rounds} times. Regenerate: \`npm run benchmark -- planning\`.

| command | median, s | each, s |
| --- | --- | --- |
${row('`toedit plan`', plans)}
${row('`toedit status`', states)}

The manifest has ${(size / 2 ** 20).toFixed(1)} MiB.
`,
);

function secondsOf(...args: readonly string[]): number {
  const started = performance.now();
  execFileSync(process.execPath, [toedit, ...args], { stdio: 'ignore' });
  return (performance.now() - started) / 1000;
}

async function makeSmallFiles(): Promise<void> {
  const parquet = sharedFile('data/hostile.parquet');
  for (let i = 0; i < files; i++) {
    const directory = join(corpus, String(i % 100));
    if (i < 100) await mkdir(directory, { recursive: true });
    if (i % 2 === 0) await copyFile(parquet, join(directory, `${String(i)}.parquet`));
    else await writeFile(join(directory, `${String(i)}.jsonl.gz`), gzipSync(line.repeat(i % 64)));
  }
}

async function makeLargeFile(path: string): Promise<void> {
  const piece = line.repeat(1024);
  await using file = await open(path, 'w');
  for (let bytes = 0; bytes < largeBytes; bytes += piece.length) await file.write(piece);
}
