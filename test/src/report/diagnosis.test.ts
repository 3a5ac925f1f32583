import { expect, test } from 'vitest';
import { renderDiagnosis } from '#toedit/src/report/render-diagnosis';
import type { DeviceFinding } from '#toedit/src/tuning/device-findings';
import type { BatchingFinding, Diagnosis, PriorFinding } from '#toedit/src/tuning/diagnosis';
import { warningsOf } from '#toedit/src/tuning/diagnosis';
import type { Int8Facts } from '#toedit/src/tuning/machine-facts';
import type { StorageFacts, StoragePlace } from '#toedit/src/tuning/storage-facts';

const prior: PriorFinding = {
  ...{ name: 'small', directory: '/small', modelFile: 'onnx/model_int8.onnx', device: 'cpu' },
  ...{ threads: 2, engines: 1, precision: 'int8', vocabularySize: 9, maxTokens: 8 },
  ...{ notSplit: null, largestDifference: null, fingerprint: 'ab'.repeat(32) },
};
const batching: BatchingFinding = {
  ...{ maxBatchTokens: 64, runTokens: 1, end: 'level', file: '/cache/a.json' },
  passes: [{ tokens: 64, milliseconds: 10, spread: 0.02 }],
};

const devices: readonly DeviceFinding[] = [
  {
    ...{ device: 'cpu', problem: null, adapter: null, isSoftware: false, nodes: null },
    ...{ largestDifference: null, float16: true, cuda: null },
  },
  {
    ...{ device: 'webgpu', problem: null, adapter: 'SwiftShader', isSoftware: true },
    nodes: { onDevice: 9, onCpu: { Shape: 1, LogSoftmax: 3 } },
    ...{ largestDifference: 0.0014, float16: false, cuda: null },
  },
];
const place: StoragePlace = { path: '/place', isWritable: true, freeBytes: 2e9 };
const storage: StorageFacts = {
  ...{ temporary: place, cache: { ...place, isWritable: false } },
  hub: { ...place, exists: false, isOffline: true, endpoint: 'http://x', hasToken: true },
};

const diagnosisOf = (int8: Int8Facts): Diagnosis => ({
  versions: { toedit: '1', node: '20', onnxruntime: '1' },
  machine: {
    ...{ platform: 'linux x64', processor: 'any', cores: 2, memoryBytes: 2 ** 30 },
    ...{ instructionSets: null, hasRuntime: true },
  },
  ...{ int8, storage, devices, prior, batching, estimate: null, error: null },
  warnings: warningsOf({ prior, batching, int8, devices }),
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
  expect(
    warningsOf({ prior: { ...prior, precision: 'float32' }, batching, int8, devices }),
  ).toEqual([]);
});

test('noisy times are shown with their spread, and warned of', () => {
  const passes = [{ tokens: 64, milliseconds: 10, spread: 0.42 }];
  const noisy = { ...batching, passes, file: null };
  const int8 = { hasDotProduct: true, speed: 1 };
  const warnings = warningsOf({
    prior: { ...prior, precision: 'float32' },
    ...{ batching: noisy, int8, devices },
  });
  expect(warnings).toEqual([expect.stringMatching(/^this machine is busy: .* default is kept/)]);
  const text = renderDiagnosis({ ...diagnosisOf(int8), batching: noisy, warnings });
  expect(text).toMatch(/64 tokens +10\.0 ms {2}spread {2}42 %/);
  expect(text).not.toContain('remembered in');
});

test('devices are shown with what computes, and what was left to the CPU', () => {
  const text = renderDiagnosis(diagnosisOf({ hasDotProduct: true, speed: 1 }));
  expect(text).toContain(`
devices
  cpu     runs the bundled prior; float16 works
  webgpu  runs the bundled prior on SwiftShader, which computes on the CPU; log-probabilities differ from the CPU's by 0.0014 at most; float16 does not work
          9 nodes of its graphs run there, 4 on the CPU: LogSoftmax 3, Shape 1
`);
  expect(text).toContain(`
storage
  temporary files: /place, 2.0 GB free
  cache: /place, 2.0 GB free, not writable
  Hugging Face cache: /place, 2.0 GB free, not there yet, offline: nothing is downloaded, with a token, from http://x
`);
});

test('software rendering is warned of where it is asked for', () => {
  const int8 = { hasDotProduct: true, speed: 1 };
  const onWebgpu = { ...prior, precision: 'float32', device: 'webgpu' } as const;
  expect(warningsOf({ prior: onWebgpu, batching, int8, devices })).toEqual([
    'SwiftShader computes on the CPU: --device cpu is faster',
  ]);
});

test('missing libraries of CUDA are named with what brings them', () => {
  const cuda: DeviceFinding = {
    ...{ device: 'cuda', problem: 'it cannot be loaded', adapter: null, isSoftware: null },
    ...{ nodes: null, largestDifference: null, float16: null },
    cuda: {
      ...{ provider: '/p.so', problem: null, cuda: 13 },
      libraries: [
        { name: 'libcublas.so.13', path: null, package: 'nvidia-cublas' },
        { name: 'libc.so.6', path: '/lib/libc.so.6', package: null },
      ],
    },
  };
  const diagnosis = diagnosisOf({ hasDotProduct: true, speed: 1 });
  expect(renderDiagnosis({ ...diagnosis, devices: [cuda] })).toContain(`
devices
  cuda    it cannot be loaded
          2 libraries of CUDA 13 are needed, 1 missing
          libcublas.so.13, which comes with nvidia-cublas
`);
});
