import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOptions } from '#toedit/pipelines/stages/corpus-options';
import { enterRun } from '#toedit/src/run/enter-run';
import type { Manifest, Task } from '#toedit/src/run/manifest/manifest';
import { writeManifest } from '#toedit/src/run/manifest/write-manifest';
import { type RunPaths, runPaths } from '#toedit/src/run/run-paths';

/** A directory with the manifest of a run in `out/`. */
export interface SampleRun extends AsyncDisposable {
  readonly directory: string;
  readonly output: string;
  readonly paths: RunPaths;
  /** Writes the manifest, in the place of one that is there. */
  plan(tasks: readonly Task[]): Promise<void>;
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
  tasks: readonly Task[],
  facts: Partial<Manifest> = {},
): Promise<SampleRun> {
  const directory = await mkdtemp(join(tmpdir(), 'toedit-run-'));
  const output = join(directory, 'out');
  const paths = runPaths(output, sampleManifest.name);
  await mkdir(output);
  const plan = async (planned: readonly Task[]): Promise<void> => {
    await rm(paths.manifest, { force: true });
    await writeManifest(paths.manifest, { ...sampleManifest, ...facts, tasks: planned });
  };
  await plan(tasks);
  await enterRun(paths);
  const dispose = () => rm(directory, { recursive: true });
  return { directory, output, paths, plan, [Symbol.asyncDispose]: dispose };
}

const sampleManifest: Manifest = {
  ...{ version: '0.1.0', command: 'edit', id: 'ab'.repeat(32), skipped: [], tasks: [] },
  name: 'sample-0',
  options: outputOptions('edit', { inputs: [], output: '' }),
  createdAt: '2026-11-22T12:00:00.000Z',
  prior: {
    ...{ name: 'tiny', path: '/models/tiny', modelFile: 'onnx/model.onnx', device: 'cpu' },
    precision: 'float32',
    ...{ modelFingerprint: 'cd'.repeat(32), tokenizerFingerprint: 'ef'.repeat(32) },
  },
};
