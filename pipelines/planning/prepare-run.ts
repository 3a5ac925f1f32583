import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrno, messageOf, ToeditError } from '../../src/errors.ts';
import { requireWithin } from '../../src/files/inside.ts';
import { resolveEngines } from '../../src/inference/engine-options.ts';
import { identifyPrior } from '../../src/model/identify-prior.ts';
import { embeddedModel } from '../../src/model/load-prior.ts';
import { pinned } from '../../src/model/locate-model.ts';
import { badOption } from '../../src/options.ts';
import { listClaimFiles, readClaim } from '../../src/run/claims/claim-file.ts';
import {
  isAlive,
  type WorkerIdentity,
  workerIdentity,
} from '../../src/run/claims/worker-identity.ts';
import { type Manifest, makeManifest } from '../../src/run/manifest/manifest.ts';
import { planTasks } from '../../src/run/manifest/plan-tasks.ts';
import { readManifest } from '../../src/run/manifest/read-manifest.ts';
import { writeManifest } from '../../src/run/manifest/write-manifest.ts';
import { retireRun } from '../../src/run/retire-run.ts';
import { type StatePaths, statePaths } from '../../src/run/run-paths.ts';
import { isAddress, uploadRemedy } from '../../src/stores/address.ts';
import { version } from '../../src/version.ts';
import { requireCardPlace, wantsCard } from '../card/card-file.ts';
import { checkCorpusOptions } from '../stages/check-corpus-options.ts';
import { outputOptions, type RunCorpusOptions } from '../stages/corpus-options.ts';
import { requireScoresPlace } from '../stages/text-rows.ts';
import { continueRun } from './continue-run.ts';
import { listCorpus } from './list-corpus.ts';
import { refuseExistingOutputs } from './refuse-existing-outputs.ts';

/** A run that is in its output directory. */
export interface PreparedRun {
  readonly manifest: Manifest;
  /** True where it was not there before. */
  readonly isNew: boolean;
}

/**
 * Freezes what is to be done into the output directory's manifest; or, where one stands there, makes sure that it says the
 * same. Of any number of processes that plan at once one writes the manifest; the others go by it, or are refused. With
 * `overwrite` a run that is there is retired before.
 *
 * @throws ToeditError `MANIFEST_CONFLICT` naming what differs; `OUTPUT_EXISTS`; where the request is at fault.
 */
export async function prepareRun(
  command: 'edit' | 'score',
  options: RunCorpusOptions,
): Promise<PreparedRun> {
  await requireDirectory(options.output);
  return await freezeRun(await planRun(command, options), options);
}

/** The same of a run that is planned already. */
export async function freezeRun(wanted: Manifest, options: RunCorpusOptions): Promise<PreparedRun> {
  await requireDirectory(options.output);
  const paths = statePaths(options.output);
  const continued = await findRun(wanted, options);
  if (continued !== null) return continued;
  try {
    await refuseExistingOutputs(wanted.tasks, options);
  } catch (error) {
    // They may be those of a run that another process has begun meanwhile.
    const begun = await findRun(wanted, options);
    if (begun === null) throw error;
    return begun;
  }
  await requireCardPlace(wanted, options.output);
  if (options.overwrite === true && (await isThere(paths.manifest))) {
    await refuseLivingWorkers(paths);
    await retireRun(paths);
  }
  if (await beginRun(paths, wanted, options.signal)) return { manifest: wanted, isNew: true };
  const manifest = await continueRun(await readWhole(paths), wanted, options.output);
  return { manifest, isNew: false };
}

/** The run that is to be continued; null where there is none. */
async function findRun(
  wanted: Manifest,
  { output, overwrite }: RunCorpusOptions,
): Promise<PreparedRun | null> {
  const existing = overwrite === true ? null : await findManifest(statePaths(output));
  if (existing === null) return null;
  return { manifest: await continueRun(existing, wanted, output), isNew: false };
}

/** Writes the manifest. Where the output directory cannot be written to by any run, the request is at fault. */
async function beginRun(
  { output, manifest: path }: StatePaths,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  await requireWithin(output, path);
  try {
    return await writeManifest(path, manifest, { signal });
  } catch (error) {
    const cause = error instanceof ToeditError ? error.cause : undefined;
    // Where directories cannot be made at all, as in /proc, they are said not to be there.
    const isNoPlace = isForbidden(cause) || isErrno(cause, 'ENOENT');
    throw isNoPlace ? unwritable(output, error, cause) : error;
  }
}

/** Makes sure, as far as it can be seen before work, that a directory is or can be there. */
async function requireDirectory(output: string): Promise<void> {
  if (isAddress(output)) throw badOption('output', output, uploadRemedy);
  const found = await stat(output).catch((error: unknown) => {
    if (isForbidden(error)) throw unwritable(output, error, error);
    return null;
  });
  if (found === null || found.isDirectory()) return;
  throw badOption('output', output, 'that is a file; choose a directory');
}

function isForbidden(error: unknown): boolean {
  return forbidding.some((code) => isErrno(error, code));
}

const forbidding = ['EACCES', 'EPERM', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'];

function unwritable(output: string, error: unknown, cause: unknown): ToeditError {
  const message = `output is ${output}: ${messageOf(error)}; choose a directory that can be written to`;
  return new ToeditError('BAD_OPTION', message, { cause });
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

/**
 * Says what a run is to do: lists and identifies the inputs, and fills in the options. Nothing is written, and no device
 * is needed.
 *
 * @throws ToeditError where the request is at fault; the signal's reason.
 */
async function planRun(command: 'edit' | 'score', options: RunCorpusOptions): Promise<Manifest> {
  const { signal, model = embeddedModel, modelFile, dtype } = options;
  checkCorpusOptions(options);
  requireScoresPlace(command, options);
  signal?.throwIfAborted();
  const identity = { version, command, options: outputOptions(command, options) };
  const { inputs, skipped, dataset } = await listCorpus(options);
  const [{ device }] = resolveEngines(options);
  const hub = { signal, onNotice: options.onNotice, ...options.hub };
  const there = options.overwrite === true ? null : await findManifest(statePaths(options.output));
  const prior = await identifyPrior(await pinned(model, there?.prior.hub), {
    modelFile,
    dtype,
    device,
    hub,
  });
  const tasks = await planTasks(inputs, { signal });
  return makeManifest(
    { ...identity, prior },
    { tasks, skipped, dataset, card: wantsCard(options, dataset) },
  );
}

/**
 * Makes sure, before a run is retired, that no process of this machine works on it, as far as the kernel says. Nothing can
 * be said of processes elsewhere, and nothing need be: what they do from then on comes to nothing.
 *
 * @throws ToeditError `OUTPUT_EXISTS`.
 */
async function refuseLivingWorkers(paths: StatePaths): Promise<void> {
  const self = await workerIdentity();
  for (const run of await readdir(paths.state).catch(() => [])) {
    for (const worker of await claimingWorkers(join(paths.state, run, 'claims'))) {
      if (await isAlive(worker, self)) throw atWork(paths, worker);
    }
  }
}

async function claimingWorkers(claims: string): Promise<readonly WorkerIdentity[]> {
  const files = await listClaimFiles(claims);
  const seen = await Promise.all([...files.values()].flat().map(readClaim));
  return seen.flatMap((claim) => claim?.record?.worker ?? []);
}

function atWork({ output }: StatePaths, { pid, host }: WorkerIdentity): ToeditError {
  return new ToeditError(
    'OUTPUT_EXISTS',
    `process ${String(pid)} on ${host} is working in ${output}; stop it before the run is restarted, or choose another output directory`,
    { place: { file: output } },
  );
}
