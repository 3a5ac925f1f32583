import { appendFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  editCorpus,
  planCorpus,
  type ResampleCorpusOptions,
  resampleCorpus,
  runShard,
  scoreCorpus,
  verifyRun,
} from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtureModel } from '../fixture-models.ts';
import { outputsOf } from '../outputs-of.ts';
import { root } from '../sandbox.ts';
import { makeShardCorpus } from './shard-corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-resample-'));
const corpus = join(directory, 'corpus');
const scored = join(directory, 'scored');
const at = (name: string): string => join(directory, name);
const kept = { candidates: 64, candidateThreshold: 0.2 } as const;

beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
  appendFileSync(join(corpus, 'e.jsonl'), '{"text":null,"n":1}\n{ "text" : "h\\u00e9 the old" }\n');
  await copyFile(
    join(root, 'examples/corpus/devils-dictionary.jsonl.gz'),
    join(corpus, 'dictionary.jsonl.gz'),
  );
  await scoreCorpus({ inputs: [corpus], output: scored, threads: 1, limit: 60, ...kept });
});
afterAll(() => rm(directory, { recursive: true }));

let runs = 0;
const newOutput = (): string => at(`out-${String(runs++)}`);

type Rule = Omit<ResampleCorpusOptions, 'scored' | 'output'>;

/** The outputs of `edit` and of `resample` under one rule. */
async function both(rule: Rule) {
  const [edited, resampled] = [newOutput(), newOutput()];
  await editCorpus({ inputs: [corpus], output: edited, threads: 1, limit: 60, ...rule });
  const summary = await resampleCorpus({ scored, output: resampled, ...rule });
  return { edited: outputsOf(edited), resampled: outputsOf(resampled), output: resampled, summary };
}

describe('resampling from stored scores', () => {
  test.each<readonly [name: string, rule: Rule]>([
    ['paper', { preset: 'paper' }],
    ['official-up', { preset: 'official-up', seed: 3n }],
    ['official-lowdrop', { preset: 'official-lowdrop', threshold: 0.3 }],
    ['filtering', { preset: 'filtering' }],
    ['a low threshold, with a report', { threshold: 0.2, excludeOriginal: true, report: true }],
    ['another format', { threshold: 0.2, excludeOriginal: true, format: 'parquet' }],
    ['dead letters', { threshold: 0.5, temperature: 2, onBadRow: 'dead-letter' }],
    ['a key column', { threshold: 0.2, excludeOriginal: true, keyColumn: 'text' }],
  ])('gives the bytes of edit: %s', async (_, rule) => {
    const { edited, resampled, output, summary } = await both(rule);
    expect(Object.fromEntries(resampled)).toEqual(Object.fromEntries(edited));
    expect(edited.size).toBeGreaterThanOrEqual(11);
    if (rule.excludeOriginal === true) expect(summary.changed).toBeGreaterThan(100);
    expect(await verifyRun(output)).toMatchObject({ problems: [], outputs: 11 });
  });

  test('gives the bytes of edit for rules at random', async () => {
    const rules = fc.record({
      threshold: fc.constantFrom(0.2, 0.5, 0.9, 0.999),
      inclusive: fc.boolean(),
      topK: fc.integer({ min: 1, max: 64 }),
      topP: fc.constantFrom(1, 0.9),
      temperature: fc.constantFrom(0.5, 1, 3),
      excludeOriginal: fc.boolean(),
      dropBelow: fc.constantFrom(null, 0.001),
      seed: fc.bigInt(0n, 2n ** 64n - 1n),
    });
    await fc.assert(
      fc.asyncProperty(rules, async (rule) => {
        const { edited, resampled } = await both(rule);
        expect(Object.fromEntries(resampled)).toEqual(Object.fromEntries(edited));
      }),
      { numRuns: 4 },
    );
  });

  test('continues where it was stopped, in two shards at once, too', async () => {
    const rule = { threshold: 0.2, excludeOriginal: true, seed: 5n } as const;
    const whole = newOutput();
    await resampleCorpus({ scored, output: whole, ...rule });
    const output = newOutput();
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const first = await resampleCorpus({ scored, output, ...rule, onProgress, stop: stop.signal });
    expect(first.interrupted).toBe(true);
    await Promise.all(
      [0, 1].map((index) => runShard({ output, shard: { index, count: 2 }, filesInFlight: 1 })),
    );
    expect(outputsOf(output)).toEqual(outputsOf(whole));
  });
});

describe('score files', () => {
  test('are verified against the texts', async () => {
    const report = await verifyRun(scored);
    expect(report).toMatchObject({ problems: [], remadeOutputs: report.outputs });
    expect(report.outputs).toBe(11);
  });

  const refused = (rule: Partial<ResampleCorpusOptions>) =>
    expect(resampleCorpus({ scored, output: at('never'), ...rule })).rejects;

  test('are refused for what they do not cover, before anything is written', async () => {
    await refused({ threshold: 0.1 }).toMatchObject({ code: 'BAD_OPTION' });
    await refused({ threshold: 0.1 }).toThrow('candidates were scored for P >= 0.2');
    await refused({ topK: 65 }).toThrow('64 candidates were scored');
    await refused({ model: join(root, 'models/none') }).toMatchObject({ code: 'MODEL_INVALID' });
    await refused({ scored: corpus }).toMatchObject({ code: 'MANIFEST_MISSING' });
    await refused({ output: corpus, overwrite: true }).toThrow('would be written over itself');
    expect(outputsOf(directory).has('never')).toBe(false);
  });

  test('of no candidates, or of a run that is not done, are refused', async () => {
    const [plain, planned] = [newOutput(), newOutput()];
    const inputs = [join(corpus, 'c.jsonl')];
    await scoreCorpus({ inputs, output: plain, threads: 1 });
    await refused({ scored: plain }).toThrow('it holds no candidates');
    await planCorpus({ command: 'score', inputs, output: planned, ...kept });
    await refused({ scored: planned }).toThrow('1 of 1 files');
  });

  test('of another prior are refused where one is named', async () => {
    const model = newOutput();
    mkdirSync(join(model, 'onnx'), { recursive: true });
    for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
      await copyFile(join(root, 'models/tiny', name), join(model, name)).catch(() => null);
    }
    await copyFile(fixtureModel('subgraph'), join(model, 'onnx/model.onnx'));
    await refused({ model }).toThrow('the scores in');
    await refused({ model }).toMatchObject({ code: 'BAD_OPTION' });
  });

  test('that are mixed up, cut, gone, or of an older text fail their own file alone', async () => {
    const own = newOutput();
    await scoreCorpus({ inputs: [corpus], output: own, threads: 1, limit: 60, ...kept });
    const inOwn = (name: string): string => join(own, `${name}.scores.arrow`);
    const other = newOutput();
    await scoreCorpus({
      ...{ inputs: [join(corpus, 'b.jsonl')], output: other, threads: 1 },
      ...{ ...kept, candidates: 8 },
    });
    await copyFile(inOwn('a.jsonl'), inOwn('c.jsonl'));
    await copyFile(join(other, 'b.jsonl.scores.arrow'), inOwn('b.jsonl'));
    await truncate(inOwn('d.jsonl'), 2000);
    await rm(inOwn('e.jsonl'));
    const output = newOutput();
    const { files, tasks } = await resampleCorpus({ scored: own, output, threshold: 0.2 });
    const failed = files.filter(({ status }) => status === 'failed');
    expect(failed.map(({ input }) => input.slice(corpus.length + 1)).toSorted()).toEqual([
      ...['b.jsonl', 'c.jsonl', 'd.jsonl', 'e.jsonl'],
    ]);
    expect(failed.map(({ error }) => error?.message).join('\n')).toMatch(
      /of another score run.*of another input/su,
    );
    expect(tasks).toMatchObject({ done: 6, bad: 3, failed: 1 });
  });

  test('of a text that has changed since are refused', async () => {
    const [input, own] = [at('changing.jsonl'), newOutput()];
    await writeFile(input, '{"text":"the old man and the old"}\n');
    await scoreCorpus({ inputs: [input], output: own, threads: 1, ...kept });
    await writeFile(input, (await readFile(input, 'utf8')).replace('man', 'men'));
    const { files } = await resampleCorpus({ scored: own, output: newOutput(), threshold: 0.2 });
    expect(files[0]).toMatchObject({ status: 'failed', error: { code: 'INPUT_CHANGED' } });
  });
});

test('scores with candidates are not kept in a format, nor without the rows that are bad', async () => {
  const base = { inputs: [corpus], output: at('never'), candidates: 8 };
  const refused = (options: object) => expect(scoreCorpus({ ...base, ...options })).rejects;
  await refused({ format: 'jsonl' }).toMatchObject({ code: 'BAD_OPTION' });
  await refused({ onBadRow: 'dead-letter' }).toMatchObject({ code: 'BAD_OPTION' });
  await refused({ candidates: 0 }).toMatchObject({ code: 'BAD_OPTION' });
  await refused({ candidateThreshold: 2 }).toMatchObject({ code: 'BAD_OPTION' });
  await refused({ candidates: undefined, candidateThreshold: 0.5 }).toThrow('it needs candidates');
});
