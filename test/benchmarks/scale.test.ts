import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileNeeds, gpuNeeds, hours } from '#toedit/benchmarks/scale/estimate';
import { type Figures, figures } from '#toedit/benchmarks/scale/figures';
import { scalePage } from '#toedit/benchmarks/scale/page';
import { root } from '../sandbox.ts';

/** Round numbers, so that results are worked out by hand. */
const round: Figures = {
  ...{ textBytesPerToken: 4, storedBytesPerTextByte: 0.5, hostCpuSecondsPerToken: 1e-5 },
  ...{ hostTokensPerSecond: 30_000, cpuSecondsPerFile: 1, tokensPerCommit: 32_768 },
  ...{ manifestBytesPerFile: 300, planSecondsPerFile: 0.001, hashSecondsPerByte: 1e-9 },
  ...{ manifestSecondsPerFile: 1e-5, foldSecondsPerFile: 4e-5, foldBytesPerFile: 2000 },
  journalBytesPerTextByte: 0.25,
  tokenizerShare: 0.5,
  cpuTokensPerSecond: 500,
};

test('docs/scale.md is what its figures give', () => {
  expect(readFileSync(join(root, 'docs/scale.md'), 'utf8')).toBe(scalePage(figures));
});

test('a GPU of 65,536 tokens a second', () => {
  // 256 KiB of text a second, half as much in a file, a quarter in the journal.
  expect(gpuNeeds(65_536, round)).toEqual({
    ...{ hostCores: 0.65536, processes: 3, syncsPerSecond: 2, journalBytes: 65_536 },
    ...{ readBytes: 4 * 131_072 + 65_536, writtenBytes: 131_072 + 65_536 },
  });
});

test('a trillion tokens on a thousand GPUs of a million tokens a second: a thousand seconds', () => {
  expect(hours(1e12, { rate: 1e6, gpus: 1000 }) * 3600).toBeCloseTo(1000, 9);
});

test('a million files of a million tokens are hashed whole, a hundred of them by samples', () => {
  const many = fileNeeds(1e6, 1e12, round);
  expect(many.hashSeconds).toBeCloseTo(1e6 * 2e6 * 1e-9, 6);
  expect(many).toMatchObject({ tokensPerFile: 1e6, manifestBytes: 3e8, ledgerMemoryBytes: 2e9 });
  expect([many.planSeconds, many.statusSeconds, many.overhead]).toEqual([
    expect.closeTo(1000, 6),
    expect.closeTo(50, 6),
    expect.closeTo(0.1, 6),
  ]);
  expect(fileNeeds(100, 1e12, round).hashSeconds).toBeCloseTo(100 * 4 * 2 ** 20 * 1e-9, 9);
});
