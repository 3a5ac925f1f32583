import { stat } from 'node:fs/promises';
import { isFatal, isRetryable } from '../../src/errors.ts';
import { claimTask } from '../../src/run/claims/claim-task.ts';
import type { Claimant } from '../../src/run/claims/claimant.ts';
import { requireRun } from '../../src/run/enter-run.ts';
import { asTaken, type TaskState } from '../../src/run/ledger/fold-ledger.ts';
import type { Ledger, LedgerEntry, UnitReport } from '../../src/run/ledger/ledger.ts';
import type { LedgerReader } from '../../src/run/ledger/read-ledgers.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import { blameInput, inputStateOf } from './explain-failure.ts';
import { dropJournals, failedUnit, runUnit, skippedUnit } from './make-output.ts';
import { type OpenedInput, openInput, outputPath, type UnopenedInput } from './open-input.ts';
import type { RunContext } from './run-context.ts';

/** What attempts at the tasks of a run share. */
export interface Attempts {
  readonly context: RunContext;
  readonly claimant: Claimant;
  readonly ledger: Ledger;
  /** The ledgers of all workers. */
  readonly ledgers: LedgerReader;
  /** Told of a task that has ended. */
  readonly onEnd: (units: readonly UnitReport[]) => void;
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
  if (isOver(state)) {
    attempts.onEnd(state.units);
    return true;
  }
  const units: UnitReport[] = [];
  const note = notes(task, state, attempts);
  const done = await doneUnits(state);
  const isEnded = await runTask(
    task,
    {
      done,
      onUnit: async (unit) => {
        units.push(unit);
        // The only unit of a file is noted with its end.
        if (task.format?.kind === 'zip') await note('running', [unit]);
      },
    },
    attempts.context,
  );
  if (!isEnded) return true;
  const failed = units.filter(({ status }) => status === 'failed');
  if (failed.length > 0 && !(await held.isHeld())) return false;
  const status = failed.length === 0 ? 'done' : 'failed';
  await note(status, task.format?.kind === 'zip' ? failed : units);
  await dropJournals(task, units, attempts.context.paths);
  attempts.onEnd(units);
  return true;
}

/** True where no run has anything left to do, unless it is told to retry. */
export function isOver({ status, retryable }: TaskState): boolean {
  return status === 'done' || (status === 'failed' && !retryable);
}

function notes(task: Task, state: TaskState, { ledger, context }: Attempts) {
  const attempt = state.status === 'failed' ? state.attempt + 1 : state.attempt;
  return async (status: LedgerEntry['status'], units: readonly UnitReport[]): Promise<void> => {
    const retryable =
      status === 'failed' && units.some(({ error }) => isRetryable(error?.code ?? ''));
    const at = new Date().toISOString();
    // What failed because the run is gone is no failure of the file.
    await requireRun(context.paths);
    await ledger.append({ task: task.index, attempt, status, retryable, at, units });
  };
}

/** Units that need not be done again, by their output, which is there: inputs may lie elsewhere by now. */
async function doneUnits({ units }: TaskState): Promise<ReadonlyMap<string, UnitReport>> {
  const done = new Map<string, UnitReport>();
  for (const unit of units) {
    if (unit.status !== 'done' || unit.output === null) continue;
    if ((await stat(unit.output).catch(() => null)) !== null) done.set(unit.output, unit);
  }
  return done;
}

/** What a task needs beside its run. */
export interface TaskOptions {
  /** Units that an earlier attempt brought to their end, by the path of their output. */
  readonly done: ReadonlyMap<string, UnitReport>;
  /** Told of each unit that ends. */
  readonly onUnit: (unit: UnitReport) => Promise<void>;
}

/**
 * Runs a task: a file is one unit, an archive one a member. A unit that fails is a report, not an error.
 *
 * @returns false where the run was stopped before the task's end.
 * @throws what stops the whole run (`isFatal`); the signal's reason.
 */
export async function runTask(
  task: Task,
  { done, onUnit }: TaskOptions,
  context: RunContext,
): Promise<boolean> {
  const { signal, stop } = context.options;
  const started = performance.now();
  try {
    const inputState = await inputStateOf(task);
    for await (const input of openInput(task, context.options)) {
      if (stop?.aborted === true) return false;
      const unit =
        doneBefore(input, done, context) ?? (await runInput(task, { input, inputState }, context));
      if (unit === null) return false;
      await onUnit(unit);
    }
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    if (isFatal(error)) throw error;
    await onUnit(failedUnit(task.path, await blameInput(task, error), started));
    return true;
  }
}

function doneBefore(
  input: OpenedInput | UnopenedInput,
  done: TaskOptions['done'],
  { options, paths }: RunContext,
): UnitReport | undefined {
  if (input.status !== 'data') return undefined;
  return done.get(outputPath(input, { ...options, output: paths.output }));
}

async function runInput(
  task: Task,
  { input, inputState }: { input: OpenedInput | UnopenedInput; inputState: string },
  context: RunContext,
): Promise<UnitReport | null> {
  if (input.status === 'skipped') return skippedUnit(input.name, input.reason);
  if (input.status === 'failed') return failedUnit(input.name, input.error, performance.now());
  return await runUnit({ task, input, inputState }, context);
}
