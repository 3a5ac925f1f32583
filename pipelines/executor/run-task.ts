import { stat } from 'node:fs/promises';
import { corruptFile, isRetryable, type ToeditError } from '../../src/errors.ts';
import type { CopyPlace } from '../../src/files/with-copy.ts';
import { claimTask } from '../../src/run/claims/claim-task.ts';
import type { Claimant } from '../../src/run/claims/claimant.ts';
import { requireRun } from '../../src/run/enter-run.ts';
import { journalName } from '../../src/run/kept-records.ts';
import { asTaken, type TaskState } from '../../src/run/ledger/fold-ledger.ts';
import type { Ledger, LedgerEntry, OutputReport } from '../../src/run/ledger/ledger.ts';
import type { LedgerReader } from '../../src/run/ledger/read-ledgers.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import { outputPath } from '../stages/output-path.ts';
import { endsRun, explainFailure, inputStateOf } from './explain-failure.ts';
import { dropJournals, failedOutput, makeOutput, skippedOutput } from './make-output.ts';
import { openInput, type UnopenedInput } from './open-input.ts';
import type { OpenedInput } from './open-texts.ts';
import type { RunContext } from './run-context.ts';

/** What attempts at the tasks of a run share. */
export interface Attempts {
  readonly context: RunContext;
  readonly claimant: Claimant;
  readonly ledger: Ledger;
  /** The ledgers of all workers. */
  readonly ledgers: LedgerReader;
  /** Called with the reports of a task that has ended. */
  readonly onEnd: (outputs: readonly OutputReport[]) => void;
}

/**
 * Claims a task, works on it and notes in the ledger what became of it.
 *
 * @returns false where another process has it.
 * @throws what stops the whole run.
 */
export async function attemptTask(planned: Task, attempts: Attempts): Promise<boolean> {
  const claim = await claimTask(attempts.context.paths, planned.index, attempts.claimant);
  if ('heldBy' in claim) return false;
  await using held = claim;
  await attempts.ledgers.update();
  const state = attempts.ledgers.stateOf(planned.index);
  const task = asTaken(planned, state);
  if (isTerminal(state)) {
    attempts.onEnd(state.outputs);
    return true;
  }
  const outputs: OutputReport[] = [];
  const note = notes(task, state, attempts);
  const done = await doneOutputs(state);
  const isEnded = await runTask(
    task,
    {
      done,
      onOutput: async (report) => {
        outputs.push(report);
        // The only output of a file is noted with the task's end.
        if (task.format?.kind === 'zip') await note('running', [report]);
      },
    },
    attempts.context,
  );
  if (!isEnded) return true;
  const failed = outputs.filter(({ status }) => status === 'failed');
  if (failed.length > 0 && !(await held.isHeld())) return false;
  const status = failed.length === 0 ? 'done' : 'failed';
  await note(status, task.format?.kind === 'zip' ? failed : outputs);
  await dropJournals(task, outputs, attempts.context.paths);
  attempts.onEnd(outputs);
  return true;
}

/** True where no run has anything left to do, unless `toedit retry` asks for it. */
export function isTerminal({ status, retryable }: TaskState): boolean {
  return status === 'done' || (status === 'failed' && !retryable);
}

function notes(task: Task, state: TaskState, { ledger, context }: Attempts) {
  const attempt = state.status === 'failed' ? state.attempt + 1 : state.attempt;
  return async (status: LedgerEntry['status'], outputs: readonly OutputReport[]): Promise<void> => {
    const retryable =
      status === 'failed' && outputs.some(({ error }) => isRetryable(error?.code ?? ''));
    const at = new Date().toISOString();
    // What failed because the run is gone is no failure of the file.
    await requireRun(context.paths);
    await ledger.append({ task: task.index, attempt, status, retryable, at, outputs });
  };
}

/** Outputs that need not be made again, by their path, where they are still there: inputs may lie elsewhere by now. */
async function doneOutputs({
  outputs: outputs,
}: TaskState): Promise<ReadonlyMap<string, OutputReport>> {
  const done = new Map<string, OutputReport>();
  for (const report of outputs) {
    if (report.status !== 'done' || report.output === null) continue;
    if ((await stat(report.output).catch(() => null)) !== null) done.set(report.output, report);
  }
  return done;
}

/** What a task needs beside its run. */
export interface TaskOptions {
  /** Outputs that an earlier attempt has finished, by their path. */
  readonly done: ReadonlyMap<string, OutputReport>;
  /** Called with the report of each output file, once it is there or has failed. */
  readonly onOutput: (report: OutputReport) => Promise<void>;
}

/**
 * Runs a task: a file has one output, an archive one a member. An output that fails is a report, not an error.
 *
 * @returns false where the run was stopped before the task's end.
 * @throws what stops the whole run (`endsRun`); the signal's reason.
 */
export async function runTask(
  task: Task,
  { done, onOutput }: TaskOptions,
  context: RunContext,
): Promise<boolean> {
  const started = performance.now();
  if (task.problem !== undefined) {
    await onOutput(failedOutput(task.path, unusable(task.path, task.problem), started));
    return true;
  }
  try {
    return await makeOutputs(task, { done, onOutput }, context);
  } catch (error) {
    const { signal, stop } = context.options;
    signal?.throwIfAborted();
    // An object that was being copied is copied on by the next run.
    if (stop?.aborted === true && error === stop.reason) return false;
    if (await endsRun(error, context.paths)) throw error;
    const places = { input: task.path, paths: context.paths };
    await onOutput(failedOutput(task.path, await explainFailure(task, error, places), started));
    return true;
  }
}

async function makeOutputs(
  task: Task,
  { done, onOutput }: TaskOptions,
  context: RunContext,
): Promise<boolean> {
  const inputState = await inputStateOf(task);
  const toOpen = { ...task, copies: copiesOf(task, context) };
  for await (const input of openInput(toOpen, context.options)) {
    if (context.options.stop?.aborted === true) return false;
    const before = doneBefore(input, done, context);
    if (before !== undefined && input.status === 'data') context.progress.pass(input);
    const report = before ?? (await runInput(task, { input, inputState }, context));
    if (report === null) return false;
    await onOutput(report);
  }
  return true;
}

/** Copies of objects lie among the files that are being written, which bear the numbers of their tasks, too. */
function copiesOf({ index, path }: Task, { paths }: RunContext): CopyPlace {
  return { directory: paths.parts, prefix: `${journalName({ index, path }, path)}-` };
}

function unusable(file: string, problem: string): ToeditError {
  return corruptFile({ file }, `: ${problem}`);
}

function doneBefore(
  input: OpenedInput | UnopenedInput,
  done: TaskOptions['done'],
  { options, paths }: RunContext,
): OutputReport | undefined {
  if (input.status !== 'data') return undefined;
  return done.get(outputPath(input, { ...options, output: paths.output }));
}

async function runInput(
  task: Task,
  { input, inputState }: { input: OpenedInput | UnopenedInput; inputState: string },
  context: RunContext,
): Promise<OutputReport | null> {
  if (input.status === 'skipped') return skippedOutput(input.name, input.reason);
  if (input.status === 'failed') return failedOutput(input.name, input.error, performance.now());
  return await makeOutput({ task, input, inputState }, context);
}
