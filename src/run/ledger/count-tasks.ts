import type { TaskCounts } from '../../metrics/summary.ts';
import type { TaskState } from './fold-ledger.ts';

/** How tasks stand, counted. */
export function countTasks(states: readonly TaskState[]): TaskCounts {
  const count = (is: (state: TaskState) => boolean): number => states.filter(is).length;
  return {
    total: states.length,
    done: count(({ status }) => status === 'done'),
    failed: count(({ status, retryable }) => status === 'failed' && retryable),
    bad: count(({ status, retryable }) => status === 'failed' && !retryable),
    pending: count(({ status }) => status === 'pending' || status === 'running'),
  };
}
