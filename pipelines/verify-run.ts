import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ToeditError } from '../src/errors.ts';
import { sha256OfFile } from '../src/files/read-bytes.ts';
import { writtenRowsOf } from '../src/metrics/summary.ts';
import type { Problem, ProblemKind, VerifyReport } from '../src/metrics/verify-report.ts';
import { requireNames } from '../src/options.ts';
import { watchHolders } from '../src/run/claims/claimant.ts';
import { asTaken, type TaskState, untouchedTask } from '../src/run/ledger/fold-ledger.ts';
import type { OutputReport } from '../src/run/ledger/ledger.ts';
import { readLedgers } from '../src/run/ledger/read-ledgers.ts';
import type { Task } from '../src/run/manifest/manifest.ts';
import { findInputChange } from '../src/run/manifest/plan-tasks.ts';
import { readManifest } from '../src/run/manifest/read-manifest.ts';
import { findLeftovers, findRetired } from '../src/run/retire-run.ts';
import { type RunPaths, runPaths, statePaths } from '../src/run/run-paths.ts';
import { cardPath, findCard } from './card/card-file.ts';
import { type FinishedRun, type RemadeOutput, remakeOutputs } from './executor/remake-outputs.ts';
import { optionsOfManifest } from './stages/corpus-options.ts';

/** Options of {@link verifyRun}. */
export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Hashes every output of a run, and compares it with what the run noted. Then, where the inputs are there and the record of
 * edits was kept, makes each output once more from these, so that every byte is compared with what it should be; where not, it
 * says so. Writes nothing but to the system's temporary directory, an output at a time.
 *
 * @throws ToeditError `MANIFEST_MISSING` where the directory holds no run; `MANIFEST_INVALID`; `FILE_CORRUPT` where a
 * ledger is damaged; the signal's reason.
 */
export async function verifyRun(
  output: string,
  verifyOptions: VerifyOptions = {},
): Promise<VerifyReport> {
  requireNames('verifyRun', verifyOptions, { signal: true });
  const { signal } = verifyOptions;
  const manifest = await readManifest(statePaths(output).manifest);
  const paths = runPaths(output, manifest.name);
  const states = await readLedgers(paths);
  const found = newFindings();
  const options = { ...optionsOfManifest(manifest), inputs: [], output, signal };
  for (const task of manifest.tasks) {
    signal?.throwIfAborted();
    const state = states.get(task.index) ?? untouchedTask;
    await verifyTask(asTaken(task, state), state, { manifest, paths, options, found });
  }
  await findStrays(paths, states, found);
  const { outputs, rows, remadeOutputs, remadeBytes, problems } = found;
  const counts = { outputs, rows, remadeOutputs, remadeBytes, problems };
  return { output: paths.output, tasks: manifest.tasks.length, ...counts };
}

interface Findings {
  outputs: number;
  rows: number;
  remadeOutputs: number;
  remadeBytes: number;
  readonly problems: Problem[];
  add(kind: ProblemKind, file: string, message: string): void;
  warn(kind: ProblemKind, file: string, message: string): void;
}

function newFindings(): Findings {
  const problems: Problem[] = [];
  return {
    ...{ outputs: 0, rows: 0, remadeOutputs: 0, remadeBytes: 0, problems },
    add: (kind, file, message) => problems.push({ kind, isWarning: false, file, message }),
    warn: (kind, file, message) => problems.push({ kind, isWarning: true, file, message }),
  };
}

type Verification = FinishedRun & { readonly found: Findings };

async function verifyTask(task: Task, state: TaskState, run: Verification): Promise<void> {
  const { found } = run;
  if (state.status === 'pending' || state.status === 'running') {
    found.add('not-done', task.path, 'it is not done');
  }
  const whole = new Map<string, OutputReport>();
  for (const report of state.outputs) {
    if (report.status === 'failed')
      found.add('failed', report.input, report.error?.message ?? 'failed');
    if (report.status !== 'done' || report.output === null) continue;
    if (await isAsNoted(report, run)) whole.set(report.output, report);
  }
  if (whole.size === 0) return;
  const change = await findInputChange(task);
  if (change === null) await compareTask(task, whole, run);
  else {
    const message = `it is ${change.is}, not ${change.was}: its outputs are compared by their hashes only`;
    found.warn('input', task.path, message);
  }
}

/** Whether the files of an output file have the bytes that the run noted. */
async function isAsNoted(report: OutputReport, { found }: Verification): Promise<boolean> {
  const { output, sha256, deadLetterFile, deadLetterSha256 } = report;
  const isWhole = await hasHash(output ?? report.input, sha256, found);
  const isDeadWhole =
    deadLetterFile === null || (await hasHash(deadLetterFile, deadLetterSha256, found));
  if (!isWhole) return false;
  found.outputs++;
  found.rows += writtenRowsOf(report);
  return isDeadWhole;
}

async function hasHash(path: string, sha256: string | null, found: Findings): Promise<boolean> {
  try {
    if ((await sha256OfFile(path)) === sha256) return true;
    found.add('checksum', path, 'its bytes are not those that were written');
  } catch (error) {
    if (!(error instanceof ToeditError)) throw error;
    found.add('missing', path, 'it is gone, or cannot be read');
  }
  return false;
}

async function compareTask(
  task: Task,
  whole: ReadonlyMap<string, OutputReport>,
  run: Verification,
): Promise<void> {
  const left = new Map(whole);
  try {
    for await (const remade of remakeOutputs(task, whole, run)) {
      left.delete(remade.report.output ?? '');
      compareOutput(remade, run.found);
    }
  } catch (error) {
    run.options.signal?.throwIfAborted();
    // A full temporary directory says nothing of the run.
    if (!(error instanceof ToeditError) || error.code === 'WRITE_FAILED') throw error;
    const isOfInput = error.place.file?.startsWith(run.paths.edits) === false;
    const kind = isOfInput && !recordCodes.has(error.code) ? 'input' : 'edits';
    run.found.add(kind, task.path, `its output cannot be made once more: ${error.message}`);
    if (whole.size === 1) return;
  }
  for (const output of left.keys()) {
    run.found.warn('hash-only', output, 'it was not made once more: its hash alone was compared');
  }
}

/** What goes wrong where input and record do not belong together. */
const recordCodes: ReadonlySet<string> = new Set(['INPUT_CHANGED', 'ROWS_LOST']);

function compareOutput({ report, made }: RemadeOutput, found: Findings): void {
  const file = report.output ?? report.input;
  if (made === undefined) {
    const message = 'no record of edits was kept (--ledger): its hash alone was compared';
    found.warn('hash-only', file, message);
    return;
  }
  if (made.output.sha256 !== report.sha256) {
    found.add('edits', file, 'it is not what its input and the record of edits give');
  } else if ((made.deadLetters?.sha256 ?? null) !== report.deadLetterSha256) {
    const message = 'they are not the rows that the record sets aside';
    found.add('edits', report.deadLetterFile ?? file, message);
  } else {
    found.remadeOutputs++;
    found.remadeBytes += made.output.bytes + (made.deadLetters?.bytes ?? 0);
  }
}

/** What belongs to no task, or is left of one. */
async function findStrays(
  paths: RunPaths,
  states: ReadonlyMap<number, TaskState>,
  found: Findings,
): Promise<void> {
  const outputs = [...states.values()].flatMap((state) => state.outputs);
  const files = outputs.flatMap(({ output, deadLetterFile }) => [output, deadLetterFile]);
  const card = typeof (await findCard(paths.output)) === 'object' ? cardPath(paths.output) : null;
  const expected = new Set([...files, card].filter((path) => path !== null));
  for (const path of await findLeftovers(paths, expected)) {
    found.warn('leftover', path, 'it belongs to no finished file of the run');
  }
  for (const path of await findRetired(paths)) {
    found.warn('leftover', path, 'it is left of a run that was restarted: it may be removed');
  }
  if ((await watchHolders(paths).holders()).size > 0) return;
  for (const name of await readdir(paths.journals).catch(() => [])) {
    const isDone = states.get(Number.parseInt(name, 10))?.status === 'done';
    const message = isDone ? 'what it holds is in the output' : 'a run continues from it';
    found.warn('journal', join(paths.journals, name), `a journal was left: ${message}`);
  }
}
