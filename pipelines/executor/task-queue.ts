import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isRetryable } from '../../src/errors.ts';
import { type OutputReport } from '../../src/run/ledger/ledger.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import { type RunOptions } from '../stages/corpus-options.ts';

/** How {@link runTaskQueue} goes about the tasks. */
interface TaskQueueOptions {
  readonly filesInFlight: number;
  /** Files of at most `smallBytes` that are worked on beside these: each waits for the disk longer than it is worked on. */
  readonly smallFilesInFlight: number;
  /** False where another process works on the task. */
  readonly attempt: (task: Task) => Promise<boolean>;
  /** Ends the work: no further task is begun. */
  readonly halt: AbortSignal;
  /** Called, once, with the number of tasks that are waited for. */
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
export async function runTaskQueue(
  tasks: readonly Task[],
  { filesInFlight, smallFilesInFlight, attempt, halt, onWait }: TaskQueueOptions,
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

/** What ends a run before its tasks are at their end. */
export interface StopSignals {
  /** No further task is begun once this is aborted: by a stop, too many bad files, or an error. */
  readonly halt: AbortSignal;
  /** All work ends at once: by the caller's signal, or an error of the whole run, which is the reason. */
  readonly signal: AbortSignal;
  /** Runs an attempt; its error ends all others. */
  guard<T>(attempt: () => Promise<T>): Promise<T>;
  /** Called with the output files of each task that ends. */
  onEnd(outputs: readonly OutputReport[]): void;
}

/** The signals of a run. */
export function stopSignals({ stop, signal, maxBadFiles }: RunOptions): StopSignals {
  const failure = new AbortController();
  const enough = new AbortController();
  const ends = AbortSignal.any([failure.signal, ...(signal === undefined ? [] : [signal])]);
  let badFiles = 0;
  const halt = AbortSignal.any([ends, enough.signal, ...(stop === undefined ? [] : [stop])]);
  // Every file in flight listens, which Node takes for a leak from the eleventh on.
  setMaxListeners(0, ends, halt, ...(stop === undefined ? [] : [stop]));
  return {
    halt,
    signal: ends,
    async guard(attempt) {
      try {
        return await attempt();
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    },
    onEnd(outputs) {
      badFiles += outputs.filter(isBad).length;
      if (maxBadFiles !== undefined && badFiles > maxBadFiles) enough.abort();
    },
  };
}

function isBad({ status, error }: OutputReport): boolean {
  return status === 'failed' && !isRetryable(error?.code ?? '');
}
