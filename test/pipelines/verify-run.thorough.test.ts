import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type EditCorpusOptions, editCorpus, scoreCorpus } from 'toedit';
import { describe, expect, test } from 'vitest';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { verifyRun } from '#toedit/pipelines/verify-run';
import { isClean } from '#toedit/src/metrics/verify-report';
import { openLedger } from '#toedit/src/run/ledger/ledger';
import { readManifest } from '#toedit/src/run/manifest/read-manifest';
import { type RunPaths, runPaths, statePaths } from '#toedit/src/run/run-paths';
import { numbered, textBatch } from '../operators/text-batch.ts';
import { entryOf, failedOutput } from '../src/run/sample-entries.ts';
import { zipArchive } from '../src/zip/zip-archive.ts';
import { makeRun, sampleTask } from './sample-run.ts';
import { makeShardCorpus } from './shard-corpus.ts';

/** A rule by which the smallest prior edits. */
const rule = { threshold: 0.2, excludeOriginal: true, seed: 1n } as const;

interface VerifiedRun extends AsyncDisposable {
  readonly input: string;
  readonly output: string;
  /** The bytes of a file below the output directory become others, and the ledger notes their hash as the right one. */
  forge(file: string, bytes: Uint8Array): Promise<void>;
}

/** A run over files of every kind that is done; two of its rows have no text. */
async function finished(
  options: Partial<EditCorpusOptions> = {},
  command = editCorpus,
): Promise<VerifiedRun> {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-verify-test-'));
  const input = join(directory, 'in');
  const output = join(directory, 'out');
  mkdirSync(input);
  await makeShardCorpus(input);
  appendFileSync(join(input, 'e.jsonl'), '{"text":null,"n":1}\n{ "text" : null , "n" : 1.50 }\n');
  await writeParquet(join(input, 'i.parquet'), { rowGroupRows: 10 })(withNulls());
  const other = join(directory, 'other.parquet');
  await writeParquet(other)(withNulls('Number '));
  writeFileSync(
    join(input, 'j.zip'),
    zipArchive([{ name: 'i.parquet', bytes: readFileSync(other) }]),
  );
  const own = command === editCorpus ? rule : {};
  await command({ ...own, inputs: [input], output, threads: 1, ...options });
  return {
    input,
    output,
    async forge(file, bytes) {
      const path = join(output, file);
      const before = hashOf(readFileSync(path));
      writeFileSync(path, bytes);
      const { workers } = await pathsOf(output);
      for (const name of readdirSync(workers).filter((each) => each.includes('.ledger.'))) {
        const ledger = readFileSync(join(workers, name), 'utf8');
        writeFileSync(join(workers, name), ledger.replaceAll(before, hashOf(bytes)));
      }
    },
    [Symbol.asyncDispose]: async () => {
      rmSync(directory, { recursive: true });
    },
  };
}

async function pathsOf(output: string): Promise<RunPaths> {
  return runPaths(output, (await readManifest(statePaths(output).manifest)).name);
}

/** Rows of which every seventh has no text; the second ten of them have none at all. */
async function* withNulls(prefix = '') {
  const rows = Array.from({ length: 40 }, (_, row) =>
    row % 7 === 0 || (row >= 10 && row < 20)
      ? null
      : `${prefix}${row}: the old man and the old man and the old`,
  );
  yield await Promise.resolve(textBatch(numbered(rows)));
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Files below a directory, the hidden ones left out. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.') && statSync(join(directory, name)).isFile())
    .sort();
}

const deadLetters = ['e.jsonl', 'i.parquet', 'j.zip/i.parquet'].map(
  (name) => `.dead-letters/${name}`,
);

describe('a finished run', () => {
  test.each<[string, Partial<EditCorpusOptions>]>([
    ['as it came', {}],
    ['with a report', { report: true }],
    ['with rows set aside', { onBadRow: 'dead-letter' }],
    ['with rows set aside and a report', { onBadRow: 'dead-letter', report: true }],
    ['with rows set aside, cut', { onBadRow: 'dead-letter', limit: 25 }],
    ['to Parquet', { format: 'parquet' }],
    ['to Arrow, cut', { format: 'arrow', limit: 7 }],
    ['to JSON Lines', { format: 'jsonl', preset: 'official-lowdrop' }],
    ['in which nothing is edited', { threshold: null }],
  ])('%s is made once more, every byte of it', async (_, options) => {
    await using run = await finished(options);
    const files = filesBelow(run.output);
    const dead = readdirSync(run.output).includes('.dead-letters') ? deadLetters : [];
    const bytes = [...files, ...dead].map((name) => statSync(join(run.output, name)).size);
    const report = await verifyRun(run.output);
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({ outputs: files.length, remadeOutputs: files.length });
    expect(report.remadeBytes).toBe(bytes.reduce((sum, size) => sum + size, 0));
    expect(dead.length).toBe(options.onBadRow === undefined ? 0 : deadLetters.length);
  });

  test('with any byte of an output changed has another checksum, and is found where that was forged', async () => {
    await using run = await finished({ onBadRow: 'dead-letter' });
    const files = [...filesBelow(run.output), '.dead-letters/e.jsonl'].filter(
      (file) => statSync(join(run.output, file)).size > 1,
    );
    const property = fc.asyncProperty(
      fc.constantFrom(...files),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      async (file, share) => {
        const right = readFileSync(join(run.output, file));
        const wrong = Buffer.from(right);
        const at = Math.floor(share * right.length);
        wrong[at] = (wrong[at] ?? 0) ^ 1;
        writeFileSync(join(run.output, file), wrong);
        const seen = await verifyRun(run.output);
        writeFileSync(join(run.output, file), right);
        await run.forge(file, wrong);
        const forged = await verifyRun(run.output);
        await run.forge(file, right);
        expect(seen.problems).toMatchObject([{ kind: 'checksum', file: join(run.output, file) }]);
        expect(forged.problems).toMatchObject([{ kind: 'edits', file: join(run.output, file) }]);
      },
    );
    await fc.assert(property, { numRuns: 12 });
    expect((await verifyRun(run.output)).problems).toEqual([]);
  });

  test('whose record says something else is found', async () => {
    await using run = await finished();
    const { edits } = await pathsOf(run.output);
    const [first = '', second = ''] = readdirSync(edits).sort();
    expect(second).not.toBe('');
    writeFileSync(join(edits, first), readFileSync(join(edits, second)));
    const { problems } = await verifyRun(run.output);
    expect(problems).toMatchObject([{ kind: 'edits', isWarning: false }]);
  });

  test('without a record is compared by its hashes, which is said', async () => {
    await using run = await finished({ ledger: false });
    const report = await verifyRun(run.output);
    expect(isClean(report)).toBe(true);
    expect(report.problems.length).toBeGreaterThan(0);
    expect(new Set(report.problems.map(({ kind }) => kind))).toEqual(new Set(['hash-only']));
    expect(report.remadeOutputs + report.problems.length).toBe(report.outputs);
  });

  test('of scores keeps their record where that was asked for', async () => {
    await using without = await finished({}, scoreCorpus);
    await using kept = await finished({ ledger: true }, scoreCorpus);
    expect(await verifyRun(without.output)).toMatchObject({ remadeOutputs: 0 });
    const report = await verifyRun(kept.output);
    expect(report).toMatchObject({ problems: [], remadeOutputs: report.outputs });
  });
});

describe('what belongs to a run', () => {
  test('is told where it is gone', async () => {
    await using run = await finished();
    rmSync(join(run.output, 'b.jsonl'));
    expect((await verifyRun(run.output)).problems).toMatchObject([
      { kind: 'missing', isWarning: false, file: join(run.output, 'b.jsonl') },
    ]);
  });

  test('is told where it is not done, or failed', async () => {
    await using run = await makeRun([0, 1, 2].map((index) => sampleTask(index)));
    await using ledger = openLedger(run.paths, 'one');
    await ledger.append(entryOf(1, { status: 'running' }));
    await ledger.append(entryOf(2, { status: 'failed', outputs: [failedOutput('c')] }));
    expect((await verifyRun(run.output)).problems).toMatchObject([
      { kind: 'not-done', file: '/corpus/part-0.jsonl' },
      { kind: 'not-done', file: '/corpus/part-1.jsonl' },
      { kind: 'failed', file: 'c', message: 'c is cut off; fetch it again' },
    ]);
  });

  test('and what does not, is told apart, as a warning', async () => {
    await using run = await finished();
    const { journals } = await pathsOf(run.output);
    mkdirSync(join(run.output, 'old'));
    writeFileSync(join(run.output, 'old/other.jsonl'), '');
    const retired = join(run.output, '.toedit-retired-one-0');
    mkdirSync(retired);
    writeFileSync(join(retired, 'manifest.jsonl'), '');
    mkdirSync(join(journals, '0000000'), { recursive: true });
    const report = await verifyRun(run.output);
    expect(report.problems).toMatchObject([
      { kind: 'leftover', isWarning: true, file: join(run.output, 'old/other.jsonl') },
      { kind: 'leftover', isWarning: true, file: retired },
      { kind: 'journal', isWarning: true, file: join(journals, '0000000') },
    ]);
    expect(isClean(report)).toBe(true);
  });
});

describe('an input', () => {
  test.each<[string, (path: string) => void]>([
    ['that is gone', rmSync],
    ['that has changed', (path) => appendFileSync(path, '{"text":"more"}\n')],
  ])('%s leaves the output to its hash', async (_, change) => {
    await using run = await finished();
    change(join(run.input, 'd.jsonl'));
    const report = await verifyRun(run.output);
    expect(report.problems).toMatchObject([
      { kind: 'input', isWarning: true, file: join(run.input, 'd.jsonl') },
    ]);
    expect(report.remadeOutputs).toBe(report.outputs - 1);
  });
});
