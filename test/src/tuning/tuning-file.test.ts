import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import {
  readTuning,
  type TunedPrior,
  type Tuning,
  tuningFile,
  writeTuning,
} from '#toedit/src/tuning/tune-batching';

const scratch = mkdtempSync(join(tmpdir(), 'toedit-tuning-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const prior: TunedPrior = { modelFingerprint: 'ab', device: 'cpu', threads: 2, engines: 1 };
const tuning: Tuning = {
  maxBatchTokens: 2048,
  runTokens: 31,
  passes: [{ tokens: 64, milliseconds: 1.5, spread: 0.01 }],
  end: 'largest',
};

test('is read as it was written, and leaves nothing else behind', async () => {
  const file = tuningFile(prior, scratch);
  expect(await readTuning(file)).toBeNull();
  expect(await writeTuning(file, tuning)).toBe(true);
  expect(await writeTuning(file, { ...tuning, runTokens: 32 })).toBe(true);
  expect(await readTuning(file)).toEqual({ ...tuning, runTokens: 32 });
  expect(readdirSync(dirname(file))).toHaveLength(1);
});

test.each([
  { modelFingerprint: 'ac' },
  { device: 'webgpu' },
  { threads: 1 },
  { engines: 2 },
] as const)('another prior has another file: %j', (other) => {
  expect(tuningFile({ ...prior, ...other }, '/c')).not.toBe(tuningFile(prior, '/c'));
});

test('a noisy measurement is not kept, and leaves what is there', async () => {
  const file = tuningFile(prior, join(scratch, 'noisy'));
  const noisy = { ...tuning, passes: [{ tokens: 64, milliseconds: 1.5, spread: 0.3 }] };
  expect(await writeTuning(file, noisy)).toBe(false);
  expect(await readTuning(file)).toBeNull();
  expect(await writeTuning(file, tuning)).toBe(true);
  expect(await writeTuning(file, noisy)).toBe(false);
  expect(await readTuning(file)).toEqual(tuning);
});

test('a damaged file is none', async () => {
  const file = join(scratch, 'tuning.json');
  const text = JSON.stringify(tuning);
  const damage = fc.oneof(
    fc.nat(text.length - 1).map((length) => text.slice(0, length)),
    fc.constantFrom(
      ...['null', '[]', '3', '{}', '\u0000'],
      ...['maxBatchTokens', 'runTokens', 'passes', 'end'].flatMap((name) =>
        [
          null,
          -1,
          0.5,
          1e9,
          'x',
          [null],
          [{ tokens: 0 }],
          [{ tokens: 1, milliseconds: 0, spread: 0 }],
          [{ tokens: 1, milliseconds: 1 }],
        ].map((value) => JSON.stringify({ ...tuning, [name]: value })),
      ),
    ),
  );
  await fc.assert(
    fc.asyncProperty(damage, async (content) => {
      writeFileSync(file, content);
      expect(await readTuning(file)).toBeNull();
    }),
  );
});

test('a directory that cannot be written is no error', async () => {
  writeFileSync(join(scratch, 'taken'), 'a file');
  expect(await writeTuning(join(scratch, 'taken', 'tuning.json'), tuning)).toBe(false);
});
