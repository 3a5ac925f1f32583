import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editCorpus, planCorpus, type RunSummary, runShard, runStatus, verifyRun } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countsOf } from '#toedit/benchmarks/kills/finished-run';
import { outputsOf } from '../outputs-of.ts';
import { makeShardCorpus } from './shard-corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-shards-'));
const corpus = join(directory, 'corpus');
const options = { inputs: [corpus], preset: 'official-up', threshold: 0.5, seed: 3n } as const;
/** Tests share the cores. */
const threads = 1;
let expected: ReadonlyMap<string, string>;
let counts: ReturnType<typeof countsOf>;
beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
  const output = join(directory, 'whole');
  const summary = await editCorpus({ ...options, output, threads });
  expect(summary.changed).toBeGreaterThan(10);
  expect(summary.omittedLogprobs).toBeGreaterThan(10);
  counts = countsOf(summary);
  expected = outputsOf(output);
  expect(expected.size).toBeGreaterThan(8);
});
afterAll(() => rmSync(directory, { recursive: true }));

async function planned(name: string): Promise<string> {
  const output = join(directory, name);
  await planCorpus({ ...options, output });
  return output;
}

describe('the outputs are the same', () => {
  test.each([1, 2, 3, 7])('for %i shards, last one first', async (count) => {
    const output = await planned(`shards-${String(count)}`);
    for (let index = count - 1; index >= 0; index--) {
      const { tasks } = await runShard({ output, shard: { index, count }, threads });
      expect(tasks.done).toBe(tasks.total);
    }
    expect(outputsOf(output)).toEqual(expected);
    expect((await runStatus(output)).counts.done).toBe(9);
    expect((await verifyRun(output)).problems).toEqual([]);
  });

  test('for shards of different counts one after the other', async () => {
    const output = await planned('mixed');
    const first = await runShard({ output, shard: { index: 0, count: 2 }, threads });
    const again = await runShard({ output, shard: { index: 0, count: 2 }, threads });
    expect(again.tokensHere).toBe(0);
    expect(again.files).toEqual(first.files);
    await runShard({ output, shard: { index: 2, count: 3 }, threads });
    const summary = await runShard({ output, threads });
    expect(summary.tasks).toEqual({ total: 9, done: 9, failed: 0, bad: 0, pending: 0 });
    expect(outputsOf(output)).toEqual(expected);
    expect(countsOf(summary)).toEqual(counts);
  });

  test('for two at once that were given the same shard', async () => {
    const output = await planned('twice');
    const both = await Promise.all([runShard({ output, threads }), runShard({ output, threads })]);
    const here = (summary: RunSummary): number => summary.tokensHere;
    expect(both.map(countsOf)).toEqual([counts, counts]);
    expect(here(both[0]) + here(both[1])).toBe(both[0].tokens);
    expect(outputsOf(output)).toEqual(expected);
  });

  test('for inputs in any order', async () => {
    const output = join(directory, 'shuffled');
    const names = [...expected.keys()].map((name) => name.split('/')[0] ?? '');
    const inputs = [...new Set(names)].reverse().map((name) => join(corpus, name));
    await editCorpus({ ...options, inputs, output, threads });
    expect(outputsOf(output)).toEqual(expected);
  });
});

test('a run whose directory was moved is the same run', async () => {
  const output = await planned('here');
  await runShard({ output, shard: { index: 1, count: 2 }, threads });
  const moved = join(directory, 'there');
  renameSync(output, moved);
  const { tasks } = await runShard({ output: moved, threads });
  expect(tasks).toEqual({ total: 9, done: 9, failed: 0, bad: 0, pending: 0 });
  expect((await verifyRun(moved)).problems).toEqual([]);
  expect(outputsOf(moved)).toEqual(expected);
});
