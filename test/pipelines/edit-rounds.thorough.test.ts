import { mkdtempSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EditRoundsOptions,
  editCorpus,
  editRounds,
  type RoundsReport,
  verifyRun,
} from 'toedit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToedit } from '../cli/run-toedit.ts';
import { outputsOf } from '../outputs-of.ts';
import { root } from '../sandbox.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-rounds-'));
const corpus = join(directory, 'corpus');
const rule = { threshold: 0.5, temperature: 1.5, seed: 2n ** 64n - 2n } as const;

beforeAll(async () => {
  await mkdir(corpus);
  const name = 'devils-dictionary.jsonl.gz';
  await copyFile(join(root, 'examples/corpus', name), join(corpus, name));
});
afterAll(() => rm(directory, { recursive: true }));

let runs = 0;
const newOutput = (): string => join(directory, `out-${String(runs++)}`);
const rounds = (output: string, options: Partial<EditRoundsOptions> = {}): Promise<RoundsReport> =>
  editRounds({ inputs: [corpus], output, rounds: 3, threads: 1, ...rule, ...options });

test('each round is the edit of the one before, with the next seed', async () => {
  const output = newOutput();
  const report = await rounds(output);
  expect(report).toMatchObject({ wanted: 3, isComplete: true });
  let inputs = corpus;
  const seeds = [rule.seed, rule.seed + 1n, 0n];
  for (const [index, { summary, output: own, ...figures }] of report.rounds.entries()) {
    expect(own).toBe(join(output, `round-${String(index + 1)}`));
    const alone = newOutput();
    const seed = seeds[index] ?? 0n;
    const expected = await editCorpus({
      ...{ inputs: [inputs], output: alone, threads: 1, ...rule, seed },
    });
    expect(outputsOf(own)).toEqual(outputsOf(alone));
    const { tokens, eligible, changed } = expected;
    const before = report.rounds[index - 1];
    expect(figures).toEqual({
      ...{ round: index + 1, tokens, eligible, changed },
      eligibleShare: eligible / tokens,
      changedShare: changed / tokens,
      eligibleRatio: before === undefined ? null : eligible / before.eligible,
      changedRatio: before === undefined ? null : changed / before.changed,
    });
    expect(summary.changed).toBeGreaterThan(0);
    expect(await verifyRun(own)).toMatchObject({ problems: [] });
    inputs = own;
  }
});

test('rounds continue where they were stopped, and with more rounds', async () => {
  const [whole, output] = [newOutput(), newOutput()];
  const expected = await rounds(whole);
  const stop = new AbortController();
  let seen = 0;
  const onProgress = (): void => {
    if (seen++ > 2) stop.abort();
  };
  const first = await rounds(output, { rounds: 2, onProgress, stop: stop.signal });
  expect(first.isComplete).toBe(false);
  expect(await rounds(output, { rounds: 2 })).toMatchObject({ isComplete: true });
  const { rounds: all } = await rounds(output);
  expect(all.map(({ changed }) => changed)).toEqual(expected.rounds.map(({ changed }) => changed));
  expect(outputsOf(join(output, 'round-3'))).toEqual(outputsOf(join(whole, 'round-3')));
});

test('bad files are left out of later rounds, and what cannot be is refused', async () => {
  const bad = join(directory, 'with-bad');
  await mkdir(bad);
  writeFileSync(join(bad, 'bad.parquet'), 'PAR1 not Parquet PAR1');
  writeFileSync(join(bad, 'good.jsonl'), '{"text":"the old man and the sea"}\n');
  const report = await rounds(newOutput(), { inputs: [bad], rounds: 2 });
  expect(report.isComplete).toBe(true);
  expect(report.rounds.map(({ summary }) => summary.tasks.total)).toEqual([2, 1]);
  const only = await rounds(newOutput(), { inputs: [join(bad, 'bad.parquet')] });
  expect(only).toMatchObject({ isComplete: false, rounds: [{ round: 1, tokens: 0 }] });

  const run = newOutput();
  await editCorpus({ inputs: [join(bad, 'good.jsonl')], output: run, threads: 1 });
  await expect(rounds(run)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  for (const options of [{ rounds: 0 }, { rounds: 1.5 }, { report: true }]) {
    await expect(rounds(newOutput(), options)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  }
});

test('the command prints a table, or JSON', async () => {
  const output = newOutput();
  const args = ['edit', corpus, '--output', output, '--rounds', '2', '--threshold', '0.5'];
  const { code, stdout } = await runToedit(args, directory);
  expect(code).toBe(0);
  expect(stdout).toMatch(/round +tokens +eligible +share +ratio +changed +share +ratio/);
  const json = await runToedit([...args, '--json'], directory);
  const report = JSON.parse(json.stdout) as RoundsReport;
  expect(report.rounds.map(({ round }) => round)).toEqual([1, 2]);
  const [, ratio = ''] = /^ +2 +[\d,]+ +[\d,]+ +[\d.]+ % +([\d.]+) /m.exec(stdout) ?? [];
  expect(ratio).toBe(report.rounds[1]?.eligibleRatio?.toFixed(4));
  const bad = await runToedit([...args, '--report'], directory);
  expect(bad.code).toBe(2);
});
