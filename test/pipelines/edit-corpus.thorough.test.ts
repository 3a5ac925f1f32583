import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { cp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EditCorpusOptions, editCorpus, type RunSummary } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countsOf } from '#toedit/benchmarks/kills/finished-run';
import { query } from '../duckdb.ts';
import { writeInt8Prior } from '../int8-prior.ts';
import { root } from '../sandbox.ts';

const samples = join(root, 'examples/corpus');
const directory = mkdtempSync(join(tmpdir(), 'toedit-edit-corpus-'));
const corpus = join(directory, 'corpus');
beforeAll(makeCorpus);
afterAll(() => rm(directory, { recursive: true }));

/** The sample corpus, of whose books a chapter is cut short: several windows of the smallest prior. */
async function makeCorpus(): Promise<void> {
  await cp(samples, corpus, { recursive: true });
  const books = join(corpus, 'books.parquet');
  await rm(books);
  const chapter = `SELECT * REPLACE (left(text, 6000) AS text) FROM '${join(samples, 'books.parquet')}'`;
  await query(`COPY (${chapter} LIMIT 1) TO '${books}' (FORMAT parquet)`);
}

let runs = 0;
async function run(
  options: Partial<EditCorpusOptions> = {},
): Promise<{ readonly summary: RunSummary; readonly output: string }> {
  const output = join(directory, `run-${String(runs++)}`);
  const rule = { preset: 'official-up', threshold: 0.9, seed: 7n } as const;
  const defaults = { inputs: [corpus], output, limit: 1, threads: 1, ...rule };
  return { summary: await editCorpus({ ...defaults, ...options }), output };
}

/** SHA-256 of each file below a directory, by its path. */
async function hashes(path: string): Promise<Record<string, string>> {
  const names = await readdir(path, { recursive: true });
  const found: Record<string, string> = {};
  for (const name of names.toSorted()) {
    if (name.startsWith('.toedit')) continue;
    if ((await stat(join(path, name))).isDirectory()) continue;
    found[name] = createHash('sha256')
      .update(await readFile(join(path, name)))
      .digest('hex');
  }
  return found;
}

/** Files are called as they were given. */
function countsWithoutFiles(summary: RunSummary): ReturnType<typeof countsOf> {
  return countsOf({ ...summary, files: [] });
}

type OtherRun = readonly [name: string, options: Partial<EditCorpusOptions>];
const otherBatches: readonly OtherRun[] = [
  ['one token a micro-batch at least', { maxBatchTokens: 1 }],
  ['large micro-batches', { maxBatchTokens: 4096 }],
  [
    'files in another order',
    {
      inputs: ['peps.arrow', 'books.parquet', 'devils-dictionary.jsonl.gz'].map((name) =>
        join(corpus, name),
      ),
    },
  ],
];
const otherRuns: readonly OtherRun[] = [
  ...otherBatches,
  ['two threads', { threads: 2 }],
  ['one file at a time', { filesInFlight: 1 }],
  ['all files at once', { filesInFlight: 8 }],
];

describe('the same seed gives the same bytes', () => {
  let expected: Record<string, string> = {};
  let counts: ReturnType<typeof countsOf> = {};
  beforeAll(async () => {
    const { summary, output } = await run();
    expect(summary.changed).toBeGreaterThan(0);
    expected = await hashes(output);
    counts = countsWithoutFiles(summary);
  });

  test.each(otherRuns)('for %s', async (_name, options) => {
    const { summary, output } = await run(options);
    expect(await hashes(output)).toEqual(expected);
    expect(countsWithoutFiles(summary)).toEqual(counts);
  });

  test('for all scores', async () => {
    const { summary, output } = await run({ scores: 'all' });
    expect(await hashes(output)).toEqual(expected);
    const { omittedLogprobs, probabilityHistogram, meanLogprob, ...others } = counts;
    expect(countsWithoutFiles(summary)).toMatchObject(others);
    expect(omittedLogprobs).toBeGreaterThan(summary.scoredTokens / 2);
    expect(probabilityHistogram).toBeNull();
    expect(meanLogprob).toBeNull();
  });

  test('and another seed gives other bytes', async () => {
    const { output } = await run({ seed: 8n });
    const found = await hashes(output);
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    expect(found).not.toEqual(expected);
  });
});

describe('the same seed gives the same bytes with an int8 prior', () => {
  let prior: Pick<EditCorpusOptions, 'model' | 'dtype'> = {};
  let expected: Record<string, string> = {};
  beforeAll(async () => {
    const model = join(directory, 'int8');
    const tokenIds = Array.from({ length: 300 }, (_, i) => (i * 7919) % 4096);
    await writeInt8Prior(model, { model: join(root, 'models/tiny'), tokenIds });
    prior = { model, dtype: 'int8' };
    const { summary, output } = await run(prior);
    expect(summary.changed).toBeGreaterThan(0);
    expected = await hashes(output);
  });

  test.each(otherBatches)('for %s', async (_name, options) => {
    const { output } = await run({ ...prior, ...options });
    expect(await hashes(output)).toEqual(expected);
  });
});

describe('the summary', () => {
  test.each(['all', 'eligible'] as const)('adds up, of scores %s', async (scores) => {
    const { summary } = await run({ excerpts: 3, scores });
    const { probabilityHistogram, scoredTokens } = summary;
    const done = summary.files.filter(({ status }) => status === 'done');
    expect(done).toHaveLength(3);
    expect(summary.rows).toBe(done.reduce((sum, { rows }) => sum + rows, 0));
    expect(summary.textBytes).toBe(done.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(summary.changed).toBe(done.reduce((sum, { changed }) => sum + changed, 0));
    expect(probabilityHistogram?.reduce((sum, count) => sum + count, 0) ?? null).toBe(
      scores === 'all' ? scoredTokens : null,
    );
    expect(summary.omittedLogprobs > scoredTokens / 2).toBe(scores === 'eligible');
    expect(scoredTokens).toBe(summary.tokens - summary.rows);
    expect(summary.drawn).toBe(summary.eligible);
    expect(summary.stages.map(({ name }) => name)).toEqual([
      'read',
      'tokenize',
      'score',
      'resample',
      'write',
    ]);
    expect(summary.excerpts?.length).toBeGreaterThan(0);
    for (const { before, after } of summary.excerpts ?? []) expect(after).not.toBe(before);
  });

  test('a preset that redraws nothing changes no byte of the text', async () => {
    const { summary, output } = await run({ preset: 'paper', threshold: null });
    expect(summary.changed + summary.deleted).toBe(0);
    const { output: again } = await run({ preset: 'paper', threshold: null, seed: 99n });
    expect(await hashes(output)).toEqual(await hashes(again));
  });
});

describe('an aborted run', () => {
  test.each([0, 1, 2])('leaves no partial output (abort at progress %i)', async (after) => {
    const controller = new AbortController();
    const output = join(directory, `aborted-${String(after)}`);
    let seen = 0;
    const running = editCorpus({
      inputs: [corpus],
      output,
      signal: controller.signal,
      onProgress: () => {
        if (seen++ >= after) controller.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    const left = await readdir(output).catch(() => []);
    for (const name of left) {
      expect(['.toedit', 'books.parquet', 'devils-dictionary.jsonl.gz', 'peps.arrow']).toContain(
        name,
      );
    }
  });

  test('is not begun where the signal was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('never'));
    await expect(run({ signal })).rejects.toThrow('never');
  });
});

describe('requests at fault', () => {
  test.each([
    ['an unknown preset', { preset: 'papper' as 'paper' }, 'BAD_OPTION'],
    ['a threshold of 0', { threshold: 0 }, 'BAD_OPTION'],
    ['a window beyond the model', { windowTokens: 4096 }, 'BAD_OPTION'],
    ['a context as long as the window', { windowTokens: 64, minContextTokens: 64 }, 'BAD_OPTION'],
    ['no file in flight', { filesInFlight: 0 }, 'BAD_OPTION'],
    ['a negative seed', { seed: -1n }, 'BAD_OPTION'],
    ['an unknown device', { device: 'tpu' as 'cpu' }, 'BAD_OPTION'],
    ['no input', { inputs: ['no/such/*.parquet'] }, 'INPUT_NOT_FOUND'],
    ['a model without tokenizer', { model: join(root, 'models') }, 'MODEL_INVALID'],
  ])('%s rejects with %s', async (_name, options, code) => {
    await expect(run(options)).rejects.toMatchObject({ code });
  });

  test('an output of no run is refused before any work, and replaced with overwrite', async () => {
    const { output } = await run();
    const before = await hashes(output);
    await rm(join(output, '.toedit'), { recursive: true });
    await expect(run({ output })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    await run({ output, overwrite: true, seed: 8n });
    expect(await hashes(output)).not.toEqual(before);
  });

  test('a damaged manifest is refused, and begun anew with overwrite', async () => {
    const { output } = await run();
    const before = await hashes(output);
    await truncate(join(output, '.toedit/manifest.jsonl'), 40);
    await expect(run({ output })).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    const { summary } = await run({ output, overwrite: true });
    expect(summary.tasks).toMatchObject({ total: 3, done: 3 });
    expect(summary.tokensHere).toBe(summary.tokens);
    expect(await hashes(output)).toEqual(before);
  });

  test('another run in the directory of a run is refused, and what differs is named', async () => {
    const { output } = await run();
    await expect(run({ output, seed: 8n })).rejects.toMatchObject({
      code: 'MANIFEST_CONFLICT',
      message: expect.stringMatching(/seed was "7", is "8".*--overwrite/) as string,
    });
  });

  test('a run that brought nothing about is replaced with overwrite, and not without', async () => {
    const { summary, output } = await run({ textColumn: 'body' });
    expect(summary.tasks).toMatchObject({ total: 3, bad: 3 });
    await expect(run({ output })).rejects.toMatchObject({ code: 'MANIFEST_CONFLICT' });
    const anew = await run({ output, overwrite: true });
    expect(anew.summary.tasks).toMatchObject({ total: 3, done: 3 });
    const names = await readdir(output);
    expect(names.filter((name) => name.startsWith('.'))).toEqual(['.toedit']);
  });

  test('a run that is done is not done again', async () => {
    const { summary, output } = await run();
    const again = (await run({ output })).summary;
    expect(again.tokensHere).toBe(0);
    const counts = ({ rows, tokens, changed, files, tasks }: RunSummary) => ({
      rows,
      tokens,
      changed,
      files,
      tasks,
    });
    expect(counts(again)).toEqual(counts(summary));
  });
});
