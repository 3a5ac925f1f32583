import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest, Task } from '#toedit/src/manifest/manifest';
import { writeManifest } from '#toedit/src/manifest/write-manifest';
import { type RunPaths, runPaths } from '#toedit/src/run/run-paths';

/** A directory with the manifest of a run in `out/`. */
export interface SampleRun extends AsyncDisposable {
  readonly directory: string;
  readonly output: string;
  readonly paths: RunPaths;
}

/** A task whose input is not there. */
export function sampleTask(index: number, facts: Partial<Task> = {}): Task {
  const relativePath = `part-${index}.jsonl`;
  return {
    ...{ index, path: `/corpus/${relativePath}`, relativePath, bytes: 1000, modifiedNs: '0' },
    ...{ format: { kind: 'jsonl', compression: 'none' }, fingerprint: null, rows: null },
    ...{ rowGroups: null, ...facts },
  };
}

/** Plans a run of these tasks. */
export async function makeRun(
  tasks: (directory: string) => readonly Task[],
  facts: Partial<Manifest> = {},
): Promise<SampleRun> {
  const directory = await mkdtemp(join(tmpdir(), 'toedit-run-'));
  const output = join(directory, 'out');
  const paths = runPaths(output);
  await mkdir(output);
  await writeManifest(paths.manifest, { ...sampleManifest, tasks: tasks(directory), ...facts });
  await mkdir(paths.workers, { recursive: true });
  await writeFile(join(paths.workers, 'idle.ledger.jsonl'), '');
  return {
    directory,
    output,
    paths,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

const sampleManifest: Manifest = {
  ...{ version: '0.1.0', command: 'edit', id: 'ab'.repeat(32), skipped: [], tasks: [] },
  options: { textColumn: 'text', report: false },
  createdAt: '2026-11-22T12:00:00.000Z',
  prior: {
    ...{ name: 'tiny', path: '/models/tiny', modelFile: 'onnx/model.onnx', device: 'cpu' },
    ...{ modelFingerprint: 'cd'.repeat(32), tokenizerFingerprint: 'ef'.repeat(32) },
  },
};
