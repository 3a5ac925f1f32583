import { execFileSync } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunSummary } from '../../src/metrics/summary.ts';
import { buildsBeside } from '../builds/build.ts';
import { machine } from '../machine.ts';
import { type Corpus, makeCorpora } from './corpora.ts';
import { costInGroup, type Run } from './cost-in-group.ts';
import { commandOfHost, type Host, hostsPython, writeProgram } from './hosts.ts';
import { type Measured, resultsPage } from './results-page.ts';

const [files = 10_000, megabytes = 1000, rounds = 1] = process.argv.slice(3).map(Number);

const scratch = await mkdtemp(join(await realpath(tmpdir()), 'toedit-hosts-'));
try {
  const [build] = buildsBeside(undefined);
  if (build === undefined) throw new Error('there is no build');
  const program = await writeProgram(build, scratch);
  const measured = (await makeCorpora(scratch, { files, megabytes })).map(
    (corpus): Measured => ({ corpus, tokens: Number.NaN, runs: new Map() }),
  );
  for (let round = 0; round < rounds; round++) {
    for (const each of measured) await measureHosts(each, program);
  }
  const about = { machine: machine(), versions: versions(), rounds, commit: build.commit };
  await writeFile('benchmarks/hosts/RESULTS.md', resultsPage(measured, about));
} finally {
  await rm(scratch, { recursive: true });
}

async function measureHosts(measured: Measured, program: string): Promise<void> {
  for (const host of measured.corpus.hosts) {
    const run = await runHost(measured.corpus, host, program);
    measured.runs.set(host, [...(measured.runs.get(host) ?? []), run]);
    if (host === 'toedit edit') measured.tokens = (JSON.parse(run.stdout) as RunSummary).tokens;
    console.log(measured.corpus.name, host, run.seconds, run.cpuSeconds);
  }
}

async function runHost({ input }: Corpus, host: Host, program: string): Promise<Run> {
  const output = `${input}-edited`;
  await rm(output, { recursive: true, force: true });
  return costInGroup(commandOfHost(host, program, { input, output }));
}

function versions(): string {
  const code =
    'import ray, pyarrow; print(f"Ray {ray.__version__}, pyarrow {pyarrow.__version__}")';
  return execFileSync(hostsPython, ['-c', code], { encoding: 'utf8' }).trim();
}
