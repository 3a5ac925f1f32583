import { readdir, rm } from 'node:fs/promises';
import { ToeditError } from '../src/errors.ts';
import { segmentExtension } from '../src/run/journal/segment-writer.ts';
import { readLedgers } from '../src/run/ledger/read-ledgers.ts';
import type { Manifest } from '../src/run/manifest/manifest.ts';
import {
  manifestDifferences,
  refuseDifferences,
} from '../src/run/manifest/manifest-differences.ts';
import { readManifest } from '../src/run/manifest/read-manifest.ts';
import { writeManifest } from '../src/run/manifest/write-manifest.ts';
import { type RunPaths, runPaths } from '../src/run/run-paths.ts';
import type { EditCorpusOptions } from './corpus-options.ts';
import { planRun } from './plan-run.ts';
import { refuseExistingOutputs } from './refuse-existing-outputs.ts';
import { refuseLivingWorkers } from './refuse-living-workers.ts';

/**
 * Freezes what is to be done into the output directory's manifest; or, where one stands there, makes sure that it says the
 * same. A run that has neither finished nor committed anything may be planned anew.
 *
 * @throws ToeditError `MANIFEST_CONFLICT` naming what differs; `OUTPUT_EXISTS`; where the request is at fault.
 */
export async function prepareRun(
  command: Manifest['command'],
  options: EditCorpusOptions,
): Promise<Manifest> {
  const wanted = await planRun(command, options);
  const paths = runPaths(options.output);
  const existing = await findManifest(paths, options);
  if (existing !== null && options.overwrite !== true) {
    if (isSameRun(existing, wanted)) return asFoundNow(existing, wanted);
    if (await hasProgress(paths)) refuseDifferences(existing, wanted, options.output);
  }
  await refuseExistingOutputs(wanted.tasks, options);
  // With a manifest that cannot be read there is state to forget, too.
  if (existing !== null || options.overwrite === true) await forget(paths);
  try {
    await writeManifest(paths.manifest, wanted, { signal: options.signal });
    return wanted;
  } catch (error) {
    if (!(error instanceof ToeditError && error.code === 'OUTPUT_EXISTS')) throw error;
    // Another process was as fast.
    return prepareRun(command, { ...options, overwrite: false });
  }
}

/** The run in the output directory. One that cannot be read is none where it is to be replaced. */
async function findManifest(
  { manifest }: RunPaths,
  { overwrite }: EditCorpusOptions,
): Promise<Manifest | null> {
  try {
    return await readManifest(manifest);
  } catch (error) {
    if (error instanceof ToeditError && error.code === 'MANIFEST_MISSING') return null;
    if (error instanceof ToeditError && overwrite === true) return null;
    throw error;
  }
}

/** True where something was finished or committed that another plan would throw away. */
async function hasProgress(paths: RunPaths): Promise<boolean> {
  const states = await readLedgers(paths);
  for (const { units } of states.values()) {
    if (units.some(({ status }) => status === 'done')) return true;
  }
  const journals = await readdir(paths.journals, { recursive: true }).catch(() => []);
  return journals.some((name) => name.endsWith(segmentExtension));
}

/** Outputs stay, and are replaced one by one. */
async function forget(paths: RunPaths): Promise<void> {
  await refuseLivingWorkers(paths);
  for (const path of [paths.state, paths.deadLetters]) {
    await rm(path, { recursive: true, force: true });
  }
}

function isSameRun(existing: Manifest, wanted: Manifest): boolean {
  return existing.id === wanted.id || manifestDifferences(existing, wanted).length === 0;
}

/** The run as it was planned, with its inputs where they lie by now; what could not be read then is as it is now. */
function asFoundNow(existing: Manifest, { tasks }: Manifest): Manifest {
  const found = new Map(tasks.map((task) => [task.relativePath, task]));
  return {
    ...existing,
    tasks: existing.tasks.map((task) => {
      const { path, ...facts } = found.get(task.relativePath) ?? task;
      return { ...task, ...(task.fingerprint === null && facts), path, index: task.index };
    }),
  };
}
