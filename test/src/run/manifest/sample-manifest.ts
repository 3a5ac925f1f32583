import fc from 'fast-check';
import { staysBelow } from '#toedit/src/files/inside';
import type { Manifest, RunIdentity, Task } from '#toedit/src/run/manifest/manifest';
import { makeManifest } from '#toedit/src/run/manifest/manifest';

/** What a run might be. */
export const sampleIdentity: RunIdentity = {
  version: '0.1.0',
  command: 'edit',
  options: { threshold: 0.99, topK: 8, seed: '7', textColumn: 'text', keyColumn: null },
  prior: {
    name: 'tiny',
    path: '/models/tiny',
    modelFile: 'onnx/model.onnx',
    precision: 'float32',
    device: 'cpu',
    modelFingerprint: 'a'.repeat(64),
    tokenizerFingerprint: 'b'.repeat(64),
  },
};

/** A task of a Parquet file. */
export function sampleTask(name: string, changes: Partial<Task> = {}): Task {
  return {
    index: 0,
    path: `/corpus/${name}`,
    relativePath: name,
    bytes: 100,
    modifiedNs: '1700000000000000001',
    format: { kind: 'parquet', compression: 'none' },
    fingerprint: `sha256:${'c'.repeat(64)}`,
    rows: 10,
    rowGroups: 1,
    ...changes,
  };
}

/** A manifest of tasks, which get their indices. */
export function sampleManifest(
  tasks: readonly Task[] = [sampleTask('a.parquet'), sampleTask('b.parquet')],
  identity: Partial<RunIdentity> = {},
): Manifest {
  const indexed = tasks.map((task, index) => ({ ...task, index }));
  const skipped = [{ path: '/corpus/README.md', reason: 'not a data file' }];
  return makeManifest({ ...sampleIdentity, ...identity }, { tasks: indexed, skipped });
}

/** Manifests of any tasks; names are unlike one another. */
export const anyManifest: fc.Arbitrary<Manifest> = fc
  .uniqueArray(
    fc.record({
      relativePath: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(staysBelow),
      bytes: fc.maxSafeNat(),
      fingerprint: fc.option(fc.string({ maxLength: 8 })),
      rows: fc.option(fc.nat()),
      format: fc.constantFrom<Task['format']>(
        null,
        { kind: 'jsonl', compression: 'gzip' },
        { kind: 'parquet', compression: 'none' },
      ),
    }),
    { selector: ({ relativePath }) => relativePath, maxLength: 30 },
  )
  .map((tasks) => sampleManifest(tasks.map((task) => sampleTask(task.relativePath, task))));
