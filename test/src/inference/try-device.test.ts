import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { placedNodes } from '#toedit/src/inference/placed-nodes';
import { tryDevice } from '#toedit/src/inference/try-device';
import { greatestDifference, numbersProblem } from '#toedit/src/tuning/device-findings';
import { makeSandbox, root } from '../../sandbox.ts';

const model = join(root, 'models/tiny/onnx/model.onnx');
const tiny = { model, headSize: 64, vocabularySize: 4096 };

test('the CPU gives numbers, the same each time', async () => {
  const trials = [await tryDevice({ ...tiny, device: 'cpu' })];
  trials.push(await tryDevice({ ...tiny, device: 'cpu' }));
  expect(trials[0]).toMatchObject({ failure: null, fellBack: false, keepsHalf: true });
  expect(trials[0]).toEqual(trials[1]);
  const { logprobs } = trials[0] as unknown as { readonly logprobs: readonly number[] };
  expect(logprobs).toHaveLength(4 * 31);
  expect(Math.max(...logprobs)).toBeLessThanOrEqual(0);
});

test('what fails in the process is a finding', async () => {
  const absent = join(root, 'models/absent.onnx');
  const trial = await tryDevice({ ...tiny, model: absent, device: 'cpu' });
  expect(trial.failure).toMatch(/ENOENT.*absent\.onnx/u);
});

test('so is the crash of a driver', async () => {
  using sandbox = await makeSandbox();
  const crash = join(sandbox.directory, 'crash.cjs');
  const isTrial = "process.argv[1]?.endsWith('device-trial-worker.js')";
  writeFileSync(crash, `if (${isTrial}) process.kill(process.pid, 'SIGSEGV');`);
  const module = join(root, 'dist/src/inference/try-device.js');
  const settings = JSON.stringify({ ...tiny, device: 'cpu' });
  const program = `
    const { tryDevice } = await import(${JSON.stringify(module)});
    console.log(JSON.stringify(await tryDevice(${settings})));`;
  const env = { ...process.env, NODE_OPTIONS: `--require ${crash}` };
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(JSON.parse(stdout)).toEqual({
    failure: 'the trial ended without an answer: its process crashed (SIGSEGV)',
    nodes: { onDevice: 0, onCpu: {} },
  });
});

describe('numbers', () => {
  test('that are none, or too few, are infinitely far', () => {
    expect(greatestDifference([-1, Number.NaN], [-1, -2])).toBe(Number.POSITIVE_INFINITY);
    expect(greatestDifference([-1], [-1, -2])).toBe(Number.POSITIVE_INFINITY);
    expect(greatestDifference([-1, -3], [-1.5, -2])).toBe(1);
  });

  test('that are far are a problem, near ones none', () => {
    expect(numbersProblem(null)).toBeNull();
    expect(numbersProblem(0.05)).toBeNull();
    expect(numbersProblem(0.06)).toMatch(/^its numbers are wrong: .* differs by 0\.060/u);
    expect(numbersProblem(Number.POSITIVE_INFINITY)).toMatch(/^its numbers are wrong/u);
  });
});

test('where nodes run is read from the log', () => {
  const line = (message: string): string =>
    `2026-11-26 11:20:09.0 [V:onnxruntime:, session_state.cc:1383 VerifyEachNodeIsAssignedToAnEp] ${message}`;
  const log = [
    line(' Node(s) placed on [CPUExecutionProvider]. Number of nodes: 2'),
    line('  Gather (/model/Gather)'),
    line('  LogSoftmax (toedit/logs)'),
    line(' Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 302'),
    line('  MatMul (/lm_head/MatMul)'),
    'Warning: something else',
    line(' All nodes placed on [WebGpuExecutionProvider]. Number of nodes: 3'),
  ];
  expect(placedNodes(log)).toEqual({ onDevice: 305, onCpu: { Gather: 1, LogSoftmax: 1 } });
});
