import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrno, messageOf, ToeditError } from '../../src/errors.ts';
import { requireWithin } from '../../src/files/inside.ts';
import { listInputs } from '../../src/files/list-inputs.ts';
import { resolveEngines } from '../../src/inference/engine-options.ts';
import { identifyPrior } from '../../src/model/identify-prior.ts';
import { embeddedModel } from '../../src/model/load-prior.ts';
import { badOption } from '../../src/options.ts';
import { listClaimFiles, readClaim } from '../../src/run/claims/claim-file.ts';
import {
  isAlive,
  type WorkerIdentity,
  workerIdentity,
} from '../../src/run/claims/worker-identity.ts';
import {
  asTaken,
  isRemoved,
  type TaskState,
  untouchedTask,
} from '../../src/run/ledger/fold-ledger.ts';
import { readLedgers } from '../../src/run/ledger/read-ledgers.ts';
import { type Manifest, makeManifest, type Task } from '../../src/run/manifest/manifest.ts';
import {
  manifestDifferences,
  refuseDifferences,
} from '../../src/run/manifest/manifest-differences.ts';
import { planTasks } from '../../src/run/manifest/plan-tasks.ts';
import { readManifest } from '../../src/run/manifest/read-manifest.ts';
import { writeManifest } from '../../src/run/manifest/write-manifest.ts';
import { retireRun } from '../../src/run/retire-run.ts';
import { runPaths, type StatePaths, statePaths } from '../../src/run/run-paths.ts';
import { version } from '../../src/version.ts';
import {
  checkCorpusOptions,
  outputOptions,
  type RunCorpusOptions,
} from '../stages/corpus-options.ts';
import { refuseExistingOutputs } from './refuse-existing-outputs.ts';

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
): Promise<Manifest> {
  await requireDirectory(options.output);
  return await freezeRun(await planRun(command, options), options);
}

/** The same of a run that is planned already. */
export async function freezeRun(wanted: Manifest, options: RunCorpusOptions): Promise<Manifest> {
  await requireDirectory(options.output);
  const paths = statePaths(options.output);
  if (options.overwrite !== true) {
    const existing = await findManifest(paths);
    if (existing !== null) return continueRun(existing, wanted, options.output);
  }
  try {
    await refuseExistingOutputs(wanted.tasks, options);
  } catch (error) {
    // They may be those of a run that another process has begun meanwhile.
    const existing = options.overwrite === true ? null : await findManifest(paths);
    if (existing === null) throw error;
    return continueRun(existing, wanted, options.output);
  }
  if (options.overwrite === true && (await isThere(paths.manifest))) {
    await refuseLivingWorkers(paths);
    await retireRun(paths);
  }
  if (await beginRun(paths, wanted, options.signal)) return wanted;
  return continueRun(await readWhole(paths), wanted, options.output);
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
    throw isForbidden(cause) ? unwritable(output, error, cause) : error;
  }
}

/** Makes sure, as far as it can be seen before work, that a directory is or can be there. */
async function requireDirectory(output: string): Promise<void> {
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
  signal?.throwIfAborted();
  const identity = { version, command, options: outputOptions(command, options) };
  const { inputs, skipped } = await listInputs(options.inputs, { output: options.output });
  const [{ device }] = resolveEngines(options);
  const prior = await identifyPrior(model, { modelFile, dtype, device });
  const tasks = await planTasks(inputs, { signal });
  return makeManifest({ ...identity, prior }, { tasks, skipped });
}

/**
 * Makes sure that a run which is there is the one that is wanted. Inputs count as `toedit retry` has taken them last; those
 * that it left out do not count.
 *
 * @param output - the directory, as the user named it.
 * @returns the run as it was planned, with its inputs where they lie by now; what could not be read then is as it is now.
 * @throws ToeditError `MANIFEST_CONFLICT` naming what differs and what can be done; `FILE_CORRUPT` where a ledger is damaged.
 */
async function continueRun(
  existing: Manifest,
  wanted: Manifest,
  output: string,
): Promise<Manifest> {
  const states = await readLedgers(runPaths(output, existing.name));
  const stateOf = ({ index }: Task): TaskState => states.get(index) ?? untouchedTask;
  const taken = { ...existing, tasks: existing.tasks.map((task) => asTaken(task, stateOf(task))) };
  const differBut = (isLeftOut: (state: TaskState) => boolean) => {
    const names = taken.tasks.filter((task) => isLeftOut(stateOf(task)));
    const leftOut = new Set(names.map(({ relativePath }) => relativePath));
    return manifestDifferences(without(taken, leftOut), without(wanted, leftOut));
  };
  const differences = differBut(isRemoved);
  if (differences.length > 0) {
    const others = differBut((state) => isRemoved(state) || state.status === 'failed');
    refuseDifferences(differences, { output, canRetry: others.length === 0 });
  }
  return asFoundNow(existing, wanted);
}

function without(manifest: Manifest, names: ReadonlySet<string>): Manifest {
  return { ...manifest, tasks: manifest.tasks.filter((task) => !names.has(task.relativePath)) };
}

function asFoundNow(existing: Manifest, { tasks, scored }: Manifest): Manifest {
  const found = new Map(tasks.map((task) => [task.relativePath, task]));
  return {
    ...existing,
    ...(scored !== undefined && { scored }),
    tasks: existing.tasks.map((task) => {
      const { path, ...facts } = found.get(task.relativePath) ?? task;
      return { ...task, ...(task.fingerprint === null && facts), path, index: task.index };
    }),
  };
}

/**
 * Makes sure, before a run is retired, that no process of this machine works on it, as far as the kernel says. Nothing can
 * be said of processes elsewhere, and nothing need be: what they go on to do comes to nothing.
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
    `process ${String(pid)} on ${host} is working in ${output}; stop it before the run is begun anew, or choose another output directory`,
    { place: { file: output } },
  );
}
