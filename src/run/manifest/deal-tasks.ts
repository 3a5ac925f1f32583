import type { Shard } from '../shards/shard.ts';
import { LightestShards } from './lightest-shards.ts';
import type { Task } from './manifest.ts';

/**
 * The tasks of one shard. All tasks are dealt, the heaviest by bytes first, each to the shard that has the fewest bytes so
 * far; ties go to the lower index. So every task is in exactly one shard, for whoever asks, and no shard is heavier than
 * the lightest one by more than its own last task (Graham, 1969: the heaviest is at most 4/3 of the best possible).
 *
 * @returns the heaviest first.
 */
export function dealTasks<T extends Pick<Task, 'index' | 'bytes'>>(
  tasks: readonly T[],
  { index, count }: Shard,
): T[] {
  if (count === 1) return byWeight(tasks);
  const shards = new LightestShards(count);
  return byWeight(tasks).filter((task) => shards.add(weightOf(task)) === index);
}

function byWeight<T extends Pick<Task, 'index' | 'bytes'>>(tasks: readonly T[]): T[] {
  return tasks.toSorted((one, other) => weightOf(other) - weightOf(one) || one.index - other.index);
}

/** Empty files weigh a byte: else one shard would be dealt all of them. */
function weightOf({ bytes }: Pick<Task, 'bytes'>): number {
  return Math.max(1, bytes);
}
