import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Task } from '../../src/run/manifest/manifest.ts';

/** How {@link workThrough} goes about the tasks. */
export interface WorkOptions {
  readonly filesInFlight: number;
  /** Files of at most `smallBytes` that are worked on beside these: each waits for the disk longer than it is worked on. */
  readonly smallFilesInFlight: number;
  /** False where another process works on the task. */
  readonly attempt: (task: Task) => Promise<boolean>;
  /** Ends the work: no further task is begun. */
  readonly halt: AbortSignal;
  /** Told, once, how many tasks are waited for. */
  readonly onWait: (tasks: number) => void;
}

const lookAgainMs = 1000;

/** Files so small are a record batch each, of few tokens: a kill costs little of them. */
const smallBytes = 4096;

/**
 * Attempts every task, a few at once. Those that other processes work on are waited for, and taken over should these die:
 * when it resolves without a halt, every task is at its end.
 *
 * @throws the first error of an attempt, once all that were begun have settled.
 */
export async function workThrough(
  tasks: readonly Task[],
  { filesInFlight, smallFilesInFlight, attempt, halt, onWait }: WorkOptions,
): Promise<void> {
  const limit = pLimit(filesInFlight);
  const smallLimit = smallFilesInFlight > 0 ? pLimit(smallFilesInFlight) : limit;
  let hasTold = false;
  for (let left = tasks; left.length > 0 && !halt.aborted; ) {
    const held: Task[] = [];
    const attempts = left.map((task) =>
      (task.bytes <= smallBytes ? smallLimit : limit)(async () => {
        if (!halt.aborted && !(await attempt(task))) held.push(task);
      }),
    );
    for (const outcome of await Promise.allSettled(attempts)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
    if (held.length === left.length && held.length > 0) {
      if (!hasTold) onWait(held.length);
      hasTold = true;
      await sleep(lookAgainMs, undefined, { signal: halt }).catch(() => undefined);
    }
    left = held;
  }
}
