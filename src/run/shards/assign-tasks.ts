import type { Task } from '../manifest/manifest.ts';
import type { Shard } from './shard.ts';

/**
 * The tasks of one shard. All tasks are assigned, the heaviest by bytes first, each to the shard that has the fewest bytes so
 * far; ties go to the lower index. So every task is in exactly one shard, whichever process computes it, and no shard is heavier than
 * the lightest one by more than its own last task (Graham, 1969: the heaviest is at most 4/3 of the best possible).
 *
 * @returns the heaviest first.
 */
export function assignTasks<T extends Pick<Task, 'index' | 'bytes'>>(
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

/** Empty files weigh a byte: else one shard would be assigned all of them. */
function weightOf({ bytes }: Pick<Task, 'bytes'>): number {
  return Math.max(1, bytes);
}

/** Shards by their loads, in a binary heap: the lightest is found at once, by its index where loads are equal. */
class LightestShards {
  readonly #loads: Float64Array;
  /** Indices of shards; none is lighter than its parent, which stands at half its place. */
  readonly #heap: Uint32Array;

  constructor(count: number) {
    this.#loads = new Float64Array(count);
    this.#heap = Uint32Array.from({ length: count }, (_, index) => index);
  }

  /** Adds a load to the lightest shard, and returns its index. */
  add(load: number): number {
    const shard = this.#at(0);
    this.#loads[shard] = this.#loadOf(shard) + load;
    this.#sink(shard);
    return shard;
  }

  #sink(shard: number): void {
    const heap = this.#heap;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      const right = child + 1;
      if (right < heap.length && this.#isLighter(this.#at(right), this.#at(child))) child = right;
      if (!this.#isLighter(this.#at(child), shard)) break;
      heap[place] = this.#at(child);
      place = child;
    }
    heap[place] = shard;
  }

  #isLighter(one: number, other: number): boolean {
    const difference = this.#loadOf(one) - this.#loadOf(other);
    return difference < 0 || (difference === 0 && one < other);
  }

  #at(place: number): number {
    return this.#heap[place] ?? 0;
  }

  #loadOf(shard: number): number {
    return this.#loads[shard] ?? 0;
  }
}
