import pLimit from 'p-limit';
import { describe, expect, test } from 'vitest';
import { withMutex } from '#toedit/operators/prefetch';
import type { Operator } from '#toedit/src/operator';
import { collect, countedSource, numbered, textBatch } from './text-batch.ts';

const batches = (count: number) => Array.from({ length: count }, () => textBatch(numbered(['a'])));

async function countBatches(operator: Operator, count: number): Promise<number> {
  return (await collect(operator(countedSource(batches(count)).source))).length;
}

function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('mutex', () => {
  /** Two streams of two batches each; what begins and ends, and the ends in the test's hands. */
  function begin(endsEarly: boolean) {
    const mutex = pLimit(1);
    const log: string[] = [];
    const ends: (() => void)[] = [];
    const stream = (name: string) => {
      const operatorOf = (release: () => void): Operator =>
        async function* work(source) {
          for await (const batch of source) {
            log.push(`${name} begins`);
            if (endsEarly) release();
            await new Promise<void>((resolve) => ends.push(resolve));
            log.push(`${name} ends`);
            yield batch;
          }
        };
      return countBatches(withMutex(mutex, operatorOf), 2);
    };
    return { log, ends, done: Promise.all([stream('a'), stream('b')]) };
  }

  test.each([
    [
      false,
      ['a begins', 'a ends', 'b begins', 'b ends', 'a begins', 'a ends', 'b begins', 'b ends'],
    ],
    [
      true,
      ['a begins', 'b begins', 'a ends', 'a begins', 'b ends', 'b begins', 'a ends', 'b ends'],
    ],
  ])('end with the work, or when it says so: %s', async (endsEarly, expected) => {
    const { log, ends, done } = begin(endsEarly);
    for (let i = 0; i < 4; i++) {
      await rest();
      ends.shift()?.();
    }
    expect(await done).toEqual([2, 2]);
    expect(log).toEqual(expected);
  });

  test('a failure ends its turn', async () => {
    const mutex = pLimit(1);
    const failing: Operator = async function* failing() {
      await Promise.reject(new Error('broken'));
      yield* [];
    };
    const passing: Operator = (source) => source;
    await expect(
      countBatches(
        withMutex(mutex, () => failing),
        1,
      ),
    ).rejects.toThrow('broken');
    expect(
      await countBatches(
        withMutex(mutex, () => passing),
        3,
      ),
    ).toBe(3);
  });
});
