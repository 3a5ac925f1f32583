import { stat } from 'node:fs/promises';
import { ToeditError } from '../../src/errors.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import {
  findInputChange,
  fingerprintFile,
  type InputChange,
} from '../../src/run/manifest/plan-tasks.ts';

/**
 * Makes sure that a task's input is the one that was planned.
 *
 * @throws ToeditError `INPUT_CHANGED`.
 */
export async function requireUnchanged(task: Task): Promise<void> {
  const change = await findInputChange(task);
  if (change !== null) throw inputChanged(task, change);
}

/**
 * Makes sure that the input is the one that was planned. What it gives differs once the file was written again, were it
 * with the same bytes: the change time cannot be set back.
 *
 * @throws ToeditError `INPUT_CHANGED`.
 */
export async function inputStateOf(task: Task): Promise<string> {
  await requireUnchanged(task);
  const { size, mtimeNs, ctimeNs, ino } = await stat(task.path, { bigint: true });
  return [size, mtimeNs, ctimeNs, ino].join(' ');
}

/**
 * Makes sure that an input has not changed since its state was taken; a file that was only touched has not.
 *
 * @throws ToeditError `INPUT_CHANGED`; `FILE_UNREADABLE`.
 */
export async function requireState(task: Task, state: string): Promise<void> {
  if ((await inputStateOf(task)) === state) return;
  if ((await fingerprintFile(task.path)) === task.fingerprint) return;
  throw new ToeditError(
    'INPUT_CHANGED',
    `${task.path} was written to while it was worked on; run again once nobody writes to it`,
    { place: { file: task.path } },
  );
}

/** The error of a task; where its input has changed meanwhile, that is what went wrong. */
export async function explainFailure(task: Task, error: unknown): Promise<unknown> {
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
