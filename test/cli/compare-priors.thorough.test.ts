import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ComparisonReport } from '#toedit/pipelines/compare-priors';
import { makeCoarserPrior } from '../coarser-prior.ts';
import { makeSandbox, type Sandbox } from '../sandbox.ts';
import { runToedit } from './run-toedit.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await makeSandbox();
  makeCoarserPrior(join(sandbox.directory, 'prior'));
});
afterAll(() => sandbox[Symbol.dispose]());

const run = (...args: string[]) =>
  runToedit(
    ['compare-priors', ...args, '--input', 'corpus', '--max-tokens', '1500', '--threads', '1'],
    sandbox.directory,
  );

test('the embedded prior agrees with itself', async () => {
  const { code, stdout } = await run('prior', 'prior');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^compared on 1,49\d tokens of \d documents?\n {2}A {2}prior, onnx/);
  expect(stdout).toMatch(/ 0\.99 +(\d+) +\1 +0 +0 +1\.000 +0 +0 %/);
  expect(stdout).not.toContain('worst');
});

test('another graph of the same directory differs: table, JSON', async () => {
  const graph = ['--model-file-b', 'onnx/model_coarse.onnx', '--thresholds', '0.1,0.5'];
  const { code, stdout } = await run('prior', 'prior', ...graph);
  expect(code).toBe(0);
  expect(stdout).toContain('B  prior, onnx/model_coarse.onnx');
  expect(stdout).toMatch(/worst [\d.]+ at corpus\/\S+ row \d+, token \d+: ln P_A -/);
  const json = await run('prior', 'prior', ...graph, '--json', '--quiet');
  expect([json.code, json.stderr]).toEqual([0, '']);
  const report = JSON.parse(json.stdout) as ComparisonReport;
  expect(report.thresholds.map(({ threshold }) => threshold)).toEqual([0.1, 0.5]);
  expect(report.thresholds[0]?.flipped).toBeGreaterThan(0);
});

test('what cannot be compared exits with 2', async () => {
  const none = await run('prior', 'prior', '--dtype-b', 'int8');
  expect(none.code).toBe(2);
  expect(none.stderr).toContain('holds no onnx/model_int8.onnx');
  const both = await run('prior', 'prior', '--dtype-a', 'fp32', '--model-file-a', 'x.onnx');
  expect(both.code).toBe(2);
  const noSample = await runToedit(['compare-priors', 'prior', 'prior'], sandbox.directory);
  expect(noSample.code).toBe(2);
  expect(noSample.stderr).toContain("required option '-i, --input <path>' not specified");
  const noNumber = await run('prior', 'prior', '--thresholds', '0.9,high');
  expect(noNumber.code).toBe(2);
  expect(noNumber.stderr).toContain('Give a number, such as 0.99 or 1e9.');
});
