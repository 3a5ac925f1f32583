import { isFatal } from '../../src/errors.ts';
import type { UnitReport } from '../../src/run/ledger/ledger-entry.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import { type OpenedInput, openInput, type UnopenedInput } from './open-input.ts';
import { outputPath } from './output-path.ts';
import { blameInput, inputStateOf } from './require-unchanged.ts';
import type { RunContext } from './run-context.ts';
import { runUnit } from './run-unit.ts';
import { failedUnit, skippedUnit } from './unit-reports.ts';

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
