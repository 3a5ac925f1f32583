import { ToeditError } from '../../src/errors.ts';
import { findInputChange, type InputChange } from '../../src/run/manifest/find-input-change.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';

/**
 * Makes sure that a task's input is the one that was planned.
 *
 * @throws ToeditError `INPUT_CHANGED`.
 */
export async function requireUnchanged(task: Task): Promise<void> {
  const change = await findInputChange(task);
  if (change !== null) throw inputChanged(task, change);
}

/** The error of a task; where its input has changed meanwhile, that is what went wrong. */
export async function blameInput(task: Task, error: unknown): Promise<unknown> {
  const change = await findInputChange(task);
  return change === null || change.kind === 'unreadable'
    ? error
    : inputChanged(task, change, error);
}

function inputChanged({ path }: Task, change: InputChange, cause?: unknown): ToeditError {
  const what =
    change.kind === 'gone' ? 'is gone' : `has changed: it was ${change.was}, and is ${change.is}`;
  return new ToeditError(
    'INPUT_CHANGED',
    `${path} ${what} since the run was planned; put it back and run again, or take it as it is now with toedit retry`,
    { place: { file: path }, cause },
  );
}
