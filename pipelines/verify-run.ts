import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { columnNames } from '../src/columns.ts';
import { watchHolders } from '../src/run/claims/read-holders.ts';
import { findLeftovers } from '../src/run/find-leftovers.ts';
import { asTaken, type TaskState, untouchedTask } from '../src/run/ledger/fold-ledger.ts';
import type { EditSample, UnitReport } from '../src/run/ledger/ledger-entry.ts';
import { readLedgers } from '../src/run/ledger/read-ledgers.ts';
import { findInputChange } from '../src/run/manifest/find-input-change.ts';
import type { Manifest, Task } from '../src/run/manifest/manifest.ts';
import { readManifest } from '../src/run/manifest/read-manifest.ts';
import { findRetired } from '../src/run/retire-run.ts';
import { type RunPaths, runPaths, statePaths } from '../src/run/run-paths.ts';
import type { Problem, ProblemKind, VerifyReport } from '../src/run/verify-report.ts';
import { compareUnit } from './compare-unit.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { type OpenedInput, openInput } from './executor/open-input.ts';
import { outputFormat } from './executor/output-path.ts';
import { optionsOfManifest } from './output-options.ts';
import { OutputProblem, type ReadOutput, readOutput } from './read-output.ts';

/** Options of {@link verifyRun}. */
export interface VerifyOptions {
  /** Rows of each output, at most, that are compared with its input. @defaultValue all that were noted: 16 or fewer */
  readonly sample?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads every output of a run again and compares it with what the run noted: checksum, every record batch, rows, dead
 * letters; then with its input: columns, and the bytes of some rows. Writes nothing.
 *
 * @throws ToeditError `MANIFEST_MISSING` where the directory holds no run; `MANIFEST_INVALID`; `FILE_CORRUPT` where a
 * ledger is damaged; the signal's reason.
 */
export async function verifyRun(
  output: string,
  { sample = Number.POSITIVE_INFINITY, signal }: VerifyOptions = {},
): Promise<VerifyReport> {
  const manifest = await readManifest(statePaths(output).manifest);
  const paths = runPaths(output, manifest.name);
  const states = await readLedgers(paths);
  const found = newFindings();
  const options = { ...optionsOfManifest(manifest), inputs: [], output, signal };
  for (const task of manifest.tasks) {
    signal?.throwIfAborted();
    const state = states.get(task.index) ?? untouchedTask;
    await verifyTask(asTaken(task, state), state, { manifest, options, sample, found });
  }
  await findStrays(paths, states, found);
  const { outputs, rows, comparedRows, problems } = found;
  return {
    output: paths.output,
    tasks: manifest.tasks.length,
    outputs,
    rows,
    comparedRows,
    problems,
  };
}

interface Findings {
  outputs: number;
  rows: number;
  comparedRows: number;
  readonly problems: Problem[];
  add(kind: ProblemKind, file: string, message: string): void;
  warn(kind: ProblemKind, file: string, message: string): void;
}

function newFindings(): Findings {
  const problems: Problem[] = [];
  return {
    ...{ outputs: 0, rows: 0, comparedRows: 0, problems },
    add: (kind, file, message) => problems.push({ kind, isWarning: false, file, message }),
    warn: (kind, file, message) => problems.push({ kind, isWarning: true, file, message }),
  };
}

interface Verification {
  readonly manifest: Manifest;
  readonly options: CorpusOptions & { readonly report?: boolean | undefined };
  readonly sample: number;
  readonly found: Findings;
}

async function verifyTask(task: Task, state: TaskState, run: Verification): Promise<void> {
  const { found } = run;
  if (state.status === 'pending' || state.status === 'running') {
    found.add('not-done', task.path, 'it is not done');
  }
  const read = new Map<string, UnitOutput>();
  for (const unit of state.units) {
    if (unit.status === 'failed') found.add('failed', unit.input, unit.error?.message ?? 'failed');
    if (unit.status !== 'done') continue;
    const samples = samplesOf(unit, run);
    const output = await readUnit(unit, samples, run);
    if (output !== null) read.set(unit.input, { unit, samples, output });
  }
  if (read.size === 0) return;
  const change = await findInputChange(task);
  if (change === null) await compareTask(task, read, run);
  else found.warn('input', task.path, `it is ${change.is}, not ${change.was}: nothing is compared`);
}

interface UnitOutput {
  readonly unit: UnitReport;
  readonly samples: readonly EditSample[];
  readonly output: ReadOutput;
}

/** What was noted of an edit; of scores, whose texts all stay, some rows. */
function samplesOf(
  { samples, rows }: UnitReport,
  { manifest, sample }: Verification,
): EditSample[] {
  const scored = [0, ...Array.from({ length: 15 }, (_, power) => 4 ** power)]
    .filter((row) => row < rows)
    .map((row) => ({ row, edits: [] }));
  return (manifest.command === 'score' ? scored : samples).slice(0, sample);
}

async function readUnit(
  unit: UnitReport,
  samples: readonly EditSample[],
  { options, found }: Verification,
): Promise<ReadOutput | null> {
  try {
    const rows = samples.map(({ row }) => row);
    const output = await readOutput(unit, rows, options);
    found.outputs++;
    found.rows += output.rows;
    return output;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof OutputProblem)) throw error;
    found.add(error.kind, unit.output ?? unit.input, error.message);
    return null;
  }
}

async function compareTask(
  task: Task,
  read: ReadonlyMap<string, UnitOutput>,
  run: Verification,
): Promise<void> {
  try {
    for await (const input of openInput(task, run.options)) {
      const unit = read.get(input.name);
      if (input.status === 'data' && unit !== undefined) await compare(input, unit, run);
    }
  } catch (error) {
    run.options.signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    run.found.warn('input', task.path, `it cannot be compared: ${message}`);
  }
}

async function compare(
  input: OpenedInput,
  { unit, samples, output }: UnitOutput,
  { manifest, options, found }: Verification,
): Promise<void> {
  const { textColumn = 'text', format } = options;
  const isConverted = outputFormat(input.format.kind, format) !== outputFormat(input.format.kind);
  const added = addedColumns(manifest.command, options.report === true);
  const { comparedRows, problem } = await compareUnit({
    ...{ input, output, samples, textColumn, added, isConverted },
  });
  found.comparedRows += comparedRows;
  if (problem !== null) found.add(problem.kind, unit.output ?? unit.input, problem.message);
}

function addedColumns(command: Manifest['command'], report: boolean): readonly string[] {
  if (command === 'score') return [columnNames.tokenIds, columnNames.tokenLogprobs];
  return report ? [columnNames.edits] : [];
}

/** What belongs to no task, or is left of one. */
async function findStrays(
  paths: RunPaths,
  states: ReadonlyMap<number, TaskState>,
  found: Findings,
): Promise<void> {
  const units = [...states.values()].flatMap((state) => state.units);
  const files = units.flatMap(({ output, deadLetterFile }) => [output, deadLetterFile]);
  const expected = new Set(files.filter((path) => path !== null));
  for (const path of await findLeftovers(paths, expected)) {
    found.warn('leftover', path, 'it belongs to no finished file of the run');
  }
  for (const path of await findRetired(paths)) {
    found.warn('leftover', path, 'it is left of a run that was begun anew: it may be removed');
  }
  if ((await watchHolders(paths).holders()).size > 0) return;
  for (const name of await readdir(paths.journals).catch(() => [])) {
    const isDone = states.get(Number.parseInt(name, 10))?.status === 'done';
    const message = isDone ? 'what it holds is in the output' : 'a run goes on from it';
    found.warn('journal', join(paths.journals, name), `a journal was left: ${message}`);
  }
}
