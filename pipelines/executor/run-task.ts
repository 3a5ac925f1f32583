import { stat } from 'node:fs/promises';
import { isFatal } from '../../src/run/is-fatal.ts';
import type { UnitReport } from '../../src/run/ledger/ledger-entry.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import { type OpenedInput, openInput, type UnopenedInput } from './open-input.ts';
import { blameInput, requireUnchanged } from './require-unchanged.ts';
import type { RunContext } from './run-context.ts';
import { runUnit } from './run-unit.ts';
import { failedUnit, skippedUnit } from './unit-reports.ts';

/** What a task needs beside its run. */
export interface TaskOptions {
  /** Units that an earlier attempt brought to their end, by name. */
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
    const inputState = await stateOf(task);
    for await (const input of openInput(task, context.options)) {
      if (stop?.aborted === true) return false;
      const unit = done.get(input.name) ?? (await runInput(task, { input, inputState }, context));
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

async function runInput(
  task: Task,
  { input, inputState }: { input: OpenedInput | UnopenedInput; inputState: string },
  context: RunContext,
): Promise<UnitReport | null> {
  if (input.status === 'skipped') return skippedUnit(input.name, input.reason);
  if (input.status === 'failed') return failedUnit(input.name, input.error, performance.now());
  return await runUnit({ task, input, inputState }, context);
}

/**
 * Makes sure that the input is the one that was planned. What it gives differs once the file was written again, were it
 * with the same bytes: the change time cannot be set back.
 */
async function stateOf(task: Task): Promise<string> {
  await requireUnchanged(task);
  const { size, mtimeNs, ctimeNs, ino } = await stat(task.path, { bigint: true });
  return [size, mtimeNs, ctimeNs, ino].join(' ');
}
