import { mkdirSync, mkdtempSync } from 'node:fs';
import { copyFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planCorpus, resampleCorpus, scoreCorpus, sweepCorpus } from 'toedit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../sandbox.ts';
import { makeShardCorpus } from './shard-corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-sweep-test-'));
const corpus = join(directory, 'corpus');
const scored = join(directory, 'scored');
/** Of texts of which none is there twice: their draws are independent. */
const unlike = join(directory, 'unlike');

beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
  const dictionary = 'devils-dictionary.jsonl.gz';
  await copyFile(join(root, 'examples/corpus', dictionary), join(corpus, dictionary));
  const kept = { candidates: 32, candidateThreshold: 0.4 };
  await scoreCorpus({ inputs: [corpus], output: scored, threads: 1, limit: 60, ...kept });
  await scoreCorpus({ inputs: [join(corpus, dictionary)], output: unlike, threads: 1, ...kept });
});
afterAll(() => rm(directory, { recursive: true }));

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

test('expectations are the means of many runs (z-tests at fixed seeds)', {
  timeout: 120_000,
}, async () => {
  const excludeOriginal = false;
  const rules = { thresholds: [0.4, 0.8], temperatures: [1, 2.5], topKs: [4, 32] };
  const { settings, tokens } = await sweepCorpus({ inputs: [unlike], ...rules });
  expect(settings).toHaveLength(8);
  for (const { threshold, temperature, topK, ...expected } of settings) {
    const seeds = Array.from({ length: 12 }, (_, seed) => BigInt(seed));
    const changed: number[] = [];
    for (const seed of seeds) {
      const output = join(directory, `run-${threshold}-${temperature}-${topK}-${seed}`);
      const rule = { threshold, temperature, topK, excludeOriginal, seed };
      const summary = await resampleCorpus({ scored: unlike, output, ...rule });
      expect(summary.eligible / tokens).toBe(expected.eligibleShare);
      changed.push(summary.changed / tokens);
    }
    const deviation = expected.changedDeviation / Math.sqrt(seeds.length);
    const z = (sum(changed) / seeds.length - expected.changedShare) / deviation;
    expect(Math.abs(z), JSON.stringify({ threshold, temperature, topK })).toBeLessThan(3.5);
  }
});

test('a corpus that is not scored gives the numbers of its scores, and leaves nothing behind', async () => {
  const rules = { thresholds: [0.5], temperatures: [1.5], topKs: [8] };
  const before = await readdir(tmpdir());
  const fromScores = await sweepCorpus({ inputs: [scored], ...rules });
  const fromCorpus = await sweepCorpus({ inputs: [corpus], threads: 1, limit: 60, ...rules });
  expect(fromCorpus).toEqual(fromScores);
  expect(fromScores.documents).toBeGreaterThan(200);
  expect(sum(fromScores.probabilityHistogram)).toBeLessThanOrEqual(fromScores.tokens);
  const left = (await readdir(tmpdir())).filter((name) => /^toedit-sweep-(?!test)/u.test(name));
  expect(left.filter((name) => !before.includes(name))).toEqual([]);
});

test('a wanted share is found by temperature, to a tenth of it, or said to be out of reach', async () => {
  const rules = { thresholds: [0.4, 0.9], topKs: [8] };
  const { wanted } = await sweepCorpus({ inputs: [scored], ...rules, wanted: 0.05 });
  for (const { changedShare } of wanted?.settings ?? []) {
    expect(Math.abs(changedShare - 0.05)).toBeLessThan(0.005);
  }
  expect(wanted?.settings.length).toBeGreaterThan(0);
  const all = await sweepCorpus({ inputs: [scored], ...rules, wanted: 1 });
  expect(all.wanted).toMatchObject({ settings: [], unreachable: [{ threshold: 0.4 }, {}] });
});

test('what the scores do not cover is refused', async () => {
  const refused = (options: object) =>
    expect(sweepCorpus({ inputs: [scored], ...options })).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  await refused({ thresholds: [0.3] });
  await refused({ topKs: [33] });
  await refused({ temperatures: [0] });
  await refused({ wanted: 2 });
  const planned = join(directory, 'planned');
  await planCorpus({ command: 'score', inputs: [corpus], output: planned, candidates: 8 });
  await expect(sweepCorpus({ inputs: [planned] })).rejects.toMatchObject({
    code: 'MANIFEST_CONFLICT',
  });
});
