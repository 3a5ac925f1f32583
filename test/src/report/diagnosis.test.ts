import { expect, test } from 'vitest';
import { renderDiagnosis } from '#toedit/src/report/render-diagnosis';
import type { BatchingFinding, Diagnosis, PriorFinding } from '#toedit/src/tuning/diagnosis';
import { warningsOf } from '#toedit/src/tuning/diagnosis';
import type { Int8Facts } from '#toedit/src/tuning/machine-facts';

const prior: PriorFinding = {
  ...{ name: 'small', directory: '/small', modelFile: 'onnx/model_int8.onnx', device: 'cpu' },
  ...{ threads: 2, engines: 1, precision: 'int8', vocabularySize: 9, maxTokens: 8 },
  ...{ notSplit: null, fingerprint: 'ab'.repeat(32) },
};
const batching: BatchingFinding = {
  ...{ maxBatchTokens: 64, runTokens: 1, end: 'level', file: '/cache/a.json' },
  passes: [{ tokens: 64, milliseconds: 10, spread: 0.02 }],
};

const diagnosisOf = (int8: Int8Facts): Diagnosis => ({
  versions: { toedit: '1', node: '20', onnxruntime: '1' },
  machine: {
    ...{ platform: 'linux x64', processor: 'any', cores: 2, memoryBytes: 2 ** 30 },
    instructionSets: null,
  },
  ...{ int8, devices: [], prior, batching, warnings: warningsOf({ prior, batching, int8 }) },
  error: null,
});

test.each<[boolean | null, number | null, string]>([
  [true, 1.62, 'int8 instructions: yes; matrix products in int8: 1.6 times as fast as float32'],
  [false, 0.83, 'int8 instructions: no; matrix products in int8: 0.8 times as fast as float32'],
  [null, null, 'int8 instructions: unknown; matrix products in int8: not measured'],
])('instructions %s, speed %s', (hasDotProduct, speed, line) => {
  expect(renderDiagnosis(diagnosisOf({ hasDotProduct, speed })).split('\n')).toContain(`  ${line}`);
});

test('a processor without the instruction is warned of, where the prior would use it', () => {
  const warned = (hasDotProduct: boolean | null) =>
    diagnosisOf({ hasDotProduct, speed: 0.8 }).warnings.filter((each) => /VNNI/.test(each)).length;
  expect([true, false, null].map(warned)).toEqual([0, 1, 0]);
  const int8 = { hasDotProduct: false, speed: 0.8 };
  expect(warningsOf({ prior: { ...prior, precision: 'float32' }, batching, int8 })).toEqual([]);
});

test('noisy times are shown with their spread, and warned of', () => {
  const passes = [{ tokens: 64, milliseconds: 10, spread: 0.42 }];
  const noisy = { ...batching, passes, file: null };
  const int8 = { hasDotProduct: true, speed: 1 };
  const warnings = warningsOf({ prior: { ...prior, precision: 'float32' }, batching: noisy, int8 });
  expect(warnings).toEqual([expect.stringMatching(/^this machine is busy: .* default is kept/)]);
  const text = renderDiagnosis({ ...diagnosisOf(int8), batching: noisy, warnings });
  expect(text).toMatch(/64 tokens +10\.0 ms {2}spread {2}42 %/);
  expect(text).not.toContain('remembered in');
});
