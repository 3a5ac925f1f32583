import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToeditError } from '../src/errors.ts';
import type { Manifest } from '../src/run/manifest/manifest.ts';
import { readManifest } from '../src/run/manifest/read-manifest.ts';
import { writeManifest } from '../src/run/manifest/write-manifest.ts';
import { retireRun } from '../src/run/retire-run.ts';
import { type StatePaths, statePaths } from '../src/run/run-paths.ts';
import type { EditCorpusOptions } from './corpus-options.ts';
import { planRun } from './plan-run.ts';
import { refuseExistingOutputs } from './refuse-existing-outputs.ts';
import { refuseLivingWorkers } from './refuse-living-workers.ts';
import { takeUpRun } from './take-up-run.ts';

/**
 * Freezes what is to be done into the output directory's manifest; or, where one stands there, makes sure that it says the
 * same. Of any number of processes that plan at once one writes the manifest; the others go by it, or are refused. With
 * `overwrite` a run that is there is retired before.
 *
 * @throws ToeditError `MANIFEST_CONFLICT` naming what differs; `OUTPUT_EXISTS`; where the request is at fault.
 */
export async function prepareRun(
  command: Manifest['command'],
  options: EditCorpusOptions,
): Promise<Manifest> {
  const wanted = await planRun(command, options);
  const paths = statePaths(options.output);
  if (options.overwrite !== true) {
    const existing = await findManifest(paths);
    if (existing !== null) return takeUpRun(existing, wanted, options.output);
  }
  try {
    await refuseExistingOutputs(wanted.tasks, options);
  } catch (error) {
    // They may be those of a run that another process has begun meanwhile.
    const existing = options.overwrite === true ? null : await findManifest(paths);
    if (existing === null) throw error;
    return takeUpRun(existing, wanted, options.output);
  }
  if (options.overwrite === true && (await isThere(paths.manifest))) {
    await refuseLivingWorkers(paths);
    await retireRun(paths);
  }
  if (await writeManifest(paths.manifest, wanted, { signal: options.signal })) return wanted;
  return takeUpRun(await readWhole(paths), wanted, options.output);
}

/** The run in the output directory. */
async function findManifest({ manifest }: StatePaths): Promise<Manifest | null> {
  try {
    return await readManifest(manifest);
  } catch (error) {
    if (error instanceof ToeditError && error.code === 'MANIFEST_MISSING') return null;
    throw error;
  }
}

/** The manifest of who was faster: where files cannot be linked, it may be half-written for a moment. */
async function readWhole({ manifest }: StatePaths): Promise<Manifest> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readManifest(manifest);
    } catch (error) {
      const isHalf = error instanceof ToeditError && error.code === 'MANIFEST_INVALID';
      if (!isHalf || attempt === readAttempts) throw error;
      await sleep(readAgainMs);
    }
  }
}

const readAttempts = 20;
const readAgainMs = 100;

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
