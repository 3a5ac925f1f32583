import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunIdentity, Task } from '#toedit/src/run/manifest/manifest';
import { makeManifest } from '#toedit/src/run/manifest/manifest';
import { anyManifest, sampleIdentity, sampleManifest, sampleTask } from './sample-manifest.ts';

const { id } = sampleManifest();
const withTask = (changes: Partial<Task>) =>
  sampleManifest([sampleTask('a.parquet', changes), sampleTask('b.parquet')]).id;
const withIdentity = (changes: Partial<RunIdentity>) => sampleManifest(undefined, changes).id;
const { options, prior } = sampleIdentity;

test('the order of inputs and of options is all the same', () => {
  fc.assert(
    fc.property(anyManifest, fc.gen(), ({ tasks, skipped, ...manifest }, gen) => {
      const shuffled = gen(fc.shuffledSubarray, [...tasks], { minLength: tasks.length });
      const entries = Object.entries(manifest.options).toReversed();
      const identity = { ...manifest, options: Object.fromEntries(entries) };
      expect(makeManifest(identity, { tasks: shuffled, skipped }).id).toBe(manifest.id);
    }),
  );
});

test('where and when are not in the id', () => {
  const moved = sampleIdentity.prior;
  expect(withTask({ path: '/elsewhere/a.parquet', modifiedNs: '5', rows: null })).toBe(id);
  expect(withIdentity({ prior: { ...moved, name: 'x', path: '/x', modelFile: 'x' } })).toBe(id);
  expect(withIdentity({ version: '0.1.9' })).toBe(id);
  const inputs = sampleManifest();
  const later = makeManifest(sampleIdentity, { ...inputs, skipped: [] }, new Date(0));
  expect(later).toMatchObject({ id, createdAt: '1970-01-01T00:00:00.000Z' });
});

test.each<[string, string]>([
  ['the version', withIdentity({ version: '0.2.0' })],
  ['the command', withIdentity({ command: 'score' })],
  ['an option', withIdentity({ options: { ...options, threshold: 0.95 } })],
  ['the kind of an option', withIdentity({ options: { ...options, topK: '8' } })],
  ['a further option', withIdentity({ options: { ...options, limit: null } })],
  ['the device', withIdentity({ prior: { ...prior, device: 'cuda' } })],
  ['the model', withIdentity({ prior: { ...prior, modelFingerprint: 'x' } })],
  ['the tokenizer', withIdentity({ prior: { ...prior, tokenizerFingerprint: 'x' } })],
  ['a name', withTask({ relativePath: 'c.parquet' })],
  ['a content', withTask({ fingerprint: 'sha256:x' })],
  ['a size', withTask({ bytes: 101 })],
  ['a format', withTask({ format: null })],
  ['an input less', sampleManifest([sampleTask('a.parquet')]).id],
])('%s is in the id', (_, other) => {
  expect(other).toMatch(/^[0-9a-f]{64}$/);
  expect(other).not.toBe(id);
});
