import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignTasks } from '#toedit/src/run/shards/assign-tasks';

const sizes = fc.array(fc.oneof(fc.nat(20), fc.nat(1_000_000)), { maxLength: 60 });
const shardCount = fc.integer({ min: 1, max: 12 });

const tasksOf = (bytes: readonly number[]) => bytes.map((size, index) => ({ index, bytes: size }));

const dealAll = (tasks: ReturnType<typeof tasksOf>, count: number) =>
  Array.from({ length: count }, (_, index) => assignTasks(tasks, { index, count }));

const loadOf = (tasks: readonly { readonly bytes: number }[]) =>
  tasks.reduce((sum, { bytes }) => sum + Math.max(1, bytes), 0);

/** The definition, without a heap. */
function dealSlowly(tasks: ReturnType<typeof tasksOf>, count: number): (typeof tasks)[] {
  const shards = Array.from({ length: count }, () => tasks.slice(0, 0));
  const sorted = [...tasks].sort(
    (a, b) => Math.max(1, b.bytes) - Math.max(1, a.bytes) || a.index - b.index,
  );
  for (const task of sorted) {
    const loads = shards.map(loadOf);
    shards[loads.indexOf(Math.min(...loads))]?.push(task);
  }
  return shards;
}

describe('assignTasks', () => {
  test('deals every task to one shard, as its definition says', () => {
    fc.assert(
      fc.property(sizes, shardCount, (bytes, count) => {
        const tasks = tasksOf(bytes);
        const shards = dealAll(tasks, count);
        expect(shards).toEqual(dealSlowly(tasks, count));
        const dealt = shards.flat().map(({ index }) => index);
        expect(dealt.toSorted((a, b) => a - b)).toEqual(tasks.map(({ index }) => index));
      }),
    );
  });

  test('does not depend on the order of the tasks', () => {
    const shuffled = sizes.chain((bytes) => {
      const tasks = tasksOf(bytes);
      return fc.tuple(fc.constant(tasks), fc.shuffledSubarray(tasks, { minLength: tasks.length }));
    });
    fc.assert(
      fc.property(shuffled, shardCount, ([tasks, others], count) => {
        expect(dealAll([...others], count)).toEqual(dealAll(tasks, count));
      }),
    );
  });

  test('no shard is heavier than the lightest by more than its last task', () => {
    fc.assert(
      fc.property(sizes, shardCount, (bytes, count) => {
        const shards = dealAll(tasksOf(bytes), count);
        const lightest = Math.min(...shards.map(loadOf));
        for (const shard of shards) {
          expect(loadOf(shard.slice(0, -1))).toBeLessThanOrEqual(lightest);
        }
      }),
    );
  });

  test('spreads empty files', () => {
    const shards = dealAll(tasksOf([0, 0, 0, 0, 0, 0]), 3);
    expect(shards.map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  test('more shards than tasks leave the last ones empty', () => {
    expect(dealAll(tasksOf([1, 2]), 4).map(({ length }) => length)).toEqual([1, 1, 0, 0]);
  });
});
