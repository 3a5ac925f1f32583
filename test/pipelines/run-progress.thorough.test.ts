import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type EditCorpusOptions, editCorpus, type Progress, type RunSummary } from 'toedit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from '../duckdb.ts';
import { root } from '../sandbox.ts';
import { zipArchive } from '../src/zip/zip-archive.ts';

const samples = join(root, 'examples/corpus');
const directory = mkdtempSync(join(tmpdir(), 'toedit-run-progress-'));
let text = '';
let dictionary: readonly string[] = [];
beforeAll(async () => {
  const gz = await readFile(join(samples, 'devils-dictionary.jsonl.gz'));
  dictionary = gunzipSync(gz)
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  text = linesOf(dictionary);
  await mkdir(join(directory, 'many'));
});
afterAll(() => rm(directory, { recursive: true }));

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

let runs = 0;
interface SeenRun {
  readonly output: string;
  readonly seen: readonly Progress[];
  readonly summary: RunSummary;
}

async function run(input: string, options: Partial<EditCorpusOptions> = {}): Promise<SeenRun> {
  const seen: Progress[] = [];
  const output = join(directory, `run-${String(runs++)}`);
  const all = { inputs: [input], output, threads: 1, maxBatchTokens: 256, ...options };
  const summary = await editCorpus({
    ...all,
    onProgress: (progress) => {
      seen.push(progress);
      options.onProgress?.(progress);
    },
  });
  return { output: all.output, seen, summary };
}

/** The share grows from that of the beginning to all, by no large leap, and so do the rows of each file. */
function expectSteady({ seen }: SeenRun, { from = 0, leap = 0.2 } = {}): void {
  const shares = seen.map(({ share }) => share ?? Number.NaN);
  expect(shares[0]).toBeCloseTo(from, 1);
  expect(shares.at(-1)).toBe(1);
  shares.slice(1).forEach((share, i) => {
    expect(share).toBeGreaterThanOrEqual((shares[i] ?? 0) - 1e-9);
    expect(share - (shares[i] ?? 0)).toBeLessThan(leap);
  });
  for (const file of new Set(seen.map((progress) => progress.file))) {
    const rows = seen.filter((progress) => progress.file === file).map(({ rowsDone }) => rowsDone);
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
  }
}

const contents = {
  'plain.jsonl': () => text,
  'packed.jsonl.gz': () => gzipSync(text),
};

test.each(Object.entries(contents))(
  '%s is shown by its bytes, as tokens come back',
  async (name, make) => {
    const path = join(directory, name);
    await writeFile(path, make());
    const result = await run(path);
    expectSteady(result);
    expect(result.seen.length).toBeGreaterThan(20);
    expect(result.seen.at(-1)).toMatchObject({ filesDone: 1, rowsDone: dictionary.length });
  },
);

test('Parquet of one row group is shown by its rows', async () => {
  const path = join(directory, 'one.parquet');
  await writeFile(join(directory, 'for-parquet.jsonl'), text);
  const rows = `SELECT text FROM read_json('${join(directory, 'for-parquet.jsonl')}')`;
  await query(`COPY (${rows}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 1000000)`);
  expectSteady(await run(path));
});

test('an Arrow file is shown by its bytes', async () => {
  expectSteady(await run(join(samples, 'peps.arrow'), { limit: 1000 }), { leap: 0.7 });
});

test('an archive is shown by the bytes of its members', async () => {
  const path = join(directory, 'shards.zip');
  const size = Math.ceil(dictionary.length / 3);
  const members = ['a', 'b', 'c'].map((name, i) => ({
    name: `${name}.jsonl`,
    bytes: Buffer.from(linesOf(dictionary.slice(i * size, (i + 1) * size))),
  }));
  await writeFile(path, zipArchive(members));
  expectSteady(await run(path));
});

test('of many files the share is that of their bytes', async () => {
  const size = Math.ceil(dictionary.length / 12);
  for (let i = 0; i < 12; i++) {
    const lines = dictionary.slice(i * size, (i + 1) * size);
    await writeFile(join(directory, 'many', `${String(i)}.jsonl`), linesOf(lines));
  }
  const result = await run(join(directory, 'many'));
  expectSteady(result);
  expect(result.seen.at(-1)).toMatchObject({ filesDone: 12, fileCount: 12 });
});

test('what an earlier process did counts for the share, not for the tokens and their rate', async () => {
  const path = join(directory, 'resumed.jsonl');
  const lines = Array.from({ length: 1536 }, (_, i) =>
    JSON.stringify({ text: `line ${String(i)}` }),
  );
  // Three record batches.
  await writeFile(path, linesOf(lines));
  const stop = new AbortController();
  const first = await run(path, {
    stop: stop.signal,
    onProgress: ({ share }) => {
      if ((share ?? 0) > 0.1) stop.abort();
    },
  });
  expect(first.summary.interrupted).toBe(true);
  const second = await run(path, { output: first.output });
  const begin = second.seen[0];
  expect(begin?.share).toBeGreaterThan(0.1);
  expect(begin).toMatchObject({ tokens: 0, tokensPerSecond: 0, etaSeconds: null });
  expect(begin?.rowsDone).toBeGreaterThan(0);
  expectSteady(second, { from: begin?.share ?? 0 });
});
