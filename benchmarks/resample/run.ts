import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunSummary } from '../../src/metrics/summary.ts';
import { machine } from '../machine.ts';
import { sharedFile, smollm2Directory } from '../smollm2-directory.ts';
import { sampleDocuments } from '../throughput/sample-documents.ts';
import { type Round, resultsPage, type Taken } from './results-page.ts';

const [documents = 100, rounds = 3] = process.argv.slice(3).map(Number);
const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const model = smollm2Directory();
const scratch = await mkdtemp(join(tmpdir(), 'toedit-resample-'));
const at = (name: string): string => join(scratch, name);
const input = at('documents.parquet');
/** A round's rule: the default one, a share of tokens that is worth editing, and every eligible token. */
const rules = [[], ['--threshold', '0.9', '--temperature', '2'], ['--exclude-original']];

try {
  await sampleDocuments(sharedFile('data/paragraphs.parquet'), { output: input, rows: documents });
  const scoring = time(['score', input, '-o', at('scored'), '--model', model, '--candidates', '8']);
  const scores = (await stat(at('scored/documents.parquet.scores.arrow'))).size;
  const done: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const rule = [...(rules[round % rules.length] ?? []), '--seed', String(round)];
    const [edited, resampled] = [at(`edited-${String(round)}`), at(`resampled-${String(round)}`)];
    const edit = time(['edit', input, '-o', edited, '--model', model, ...rule]);
    const resample = time(['resample', at('scored'), '-o', resampled, ...rule]);
    await requireSameBytes(edited, resampled);
    done.push({ edit, resample });
    console.log(edit.wall, resample.wall, edit.summary.changed);
  }
  await writeFile(
    'benchmarks/resample/RESULTS.md',
    resultsPage({ scoring, scores, rounds: done }, machine()),
  );
} finally {
  await rm(scratch, { recursive: true });
}

/** Runs a command to its end, as a process of its own; seconds. */
function time(args: readonly string[]): Taken {
  const started = performance.now();
  const printed = execFileSync(process.execPath, [program, ...args, '--json', '--quiet'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const wall = (performance.now() - started) / 1000;
  return { wall, summary: JSON.parse(printed) as RunSummary };
}

async function requireSameBytes(one: string, other: string): Promise<void> {
  const [edited, resampled] = await Promise.all(
    [one, other].map((output) => readFile(join(output, 'documents.parquet'))),
  );
  if (edited === undefined || resampled === undefined || !edited.equals(resampled)) {
    throw new Error(`${one} and ${other} differ`);
  }
}
