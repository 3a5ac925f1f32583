import type { RecordBatch } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clockOperator, clockSink, clockSource, stageClock } from '#toedit/src/metrics/stage-clock';
import type { Operator, Source } from '#toedit/src/operator';
import { numbered, textBatch } from '../../operators/text-batch.ts';

let now = 0;
const take = (seconds: number) => {
  now += seconds * 1000;
};
beforeEach(() => {
  now = 1e6;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const batch = textBatch(numbered(['a']));

/** Three batches, 3 seconds each. */
async function* source(): AsyncGenerator<RecordBatch> {
  for (let i = 0; i < 3; i++) {
    take(3);
    yield batch;
  }
}

/** Takes 5 seconds a batch, 100 to start and 1000 to end. */
const operator: Operator = async function* work(batches) {
  take(100);
  try {
    for await (const each of batches) {
      take(5);
      yield each;
    }
  } finally {
    take(1000);
  }
};

/** Takes 7 seconds a batch, and stops after so many. */
async function consume(batches: Source, count = Infinity): Promise<number> {
  let taken = 0;
  for await (const each of batches) {
    taken += each.numRows;
    take(7);
    if (taken >= count) break;
  }
  return taken;
}

const report = (busySeconds: number, waitingSeconds: number, blockedSeconds: number) => ({
  ...{ name: 'stage', busySeconds, waitingSeconds, blockedSeconds },
});

describe('an operator', () => {
  test('is busy, waits for its input, and is held up by its output', async () => {
    const clock = stageClock('stage');
    await consume(clockOperator(operator, clock)(source()));
    expect(clock.report()).toEqual(report(100 + 15 + 1000, 9, 21));
    expect(now).toBe(1e6 + 1000 * (1115 + 9 + 21));
  });

  test('tells on the way what it is doing', async () => {
    const clock = stageClock('stage');
    const batches = clockOperator(operator, clock)(source());
    for await (const _ of batches) {
      take(7);
      expect(clock.report()).toEqual(report(100 + 5, 3, 0));
      expect(clock.snapshot()).toEqual(report(100 + 5, 3, 7));
      break;
    }
    take(10_000);
    expect(clock.snapshot()).toEqual(clock.report());
  });

  test('keeps its name', () => {
    expect(clockOperator(operator, stageClock('stage')).name).toBe('work');
  });

  test('is clocked until its consumer stops early', async () => {
    const clock = stageClock('stage');
    await consume(clockOperator(operator, clock)(source()), 2);
    expect(clock.report()).toEqual(report(100 + 10 + 1000, 6, 14));
  });

  test('is clocked until it fails', async () => {
    const clock = stageClock('stage');
    const failing: Operator = async function* (batches) {
      for await (const each of batches) {
        yield each;
        take(50);
        throw new Error('broken');
      }
    };
    await expect(consume(clockOperator(failing, clock)(source()))).rejects.toThrow('broken');
    expect(clock.report()).toEqual(report(50, 3, 7));
  });

  test('is clocked until its source fails', async () => {
    const clock = stageClock('stage');
    const failing = async function* () {
      yield batch;
      take(50);
      throw new Error('broken');
    };
    await expect(consume(clockOperator(operator, clock)(failing()))).rejects.toThrow('broken');
    expect(clock.report()).toEqual(report(100 + 5 + 1000, 50, 7));
  });

  test('hands on its options', async () => {
    const { signal } = new AbortController();
    const seen = vi.fn<Operator>((batches) => batches);
    await consume(clockOperator(seen, stageClock('stage'))(source(), { signal }));
    expect(seen).toHaveBeenCalledWith(expect.anything(), { signal });
  });
});

test('a source is busy, and held up', async () => {
  const clock = stageClock('stage');
  await consume(clockSource(source(), clock));
  expect(clock.report()).toEqual(report(9, 0, 21));
});

test('a source is clocked until its consumer stops early', async () => {
  const clock = stageClock('stage');
  await consume(clockSource(source(), clock), 1);
  expect(clock.report()).toEqual(report(3, 0, 7));
});

test('a sink is busy, and waits', async () => {
  const clock = stageClock('stage');
  expect(await clockSink((batches) => consume(batches), clock)(source())).toBe(3);
  expect(clock.report()).toEqual(report(21, 9, 0));
});

test('a sink is clocked until it fails', async () => {
  const clock = stageClock('stage');
  const failing = async (batches: Source) => {
    await consume(batches, 1);
    take(50);
    throw new Error('broken');
  };
  await expect(clockSink(failing, clock)(source())).rejects.toThrow('broken');
  expect(clock.report()).toEqual(report(57, 3, 0));
});

test('runs that share a clock add up', async () => {
  const clock = stageClock('stage');
  const [first, second] = [clockSource(source(), clock), clockSource(source(), clock)];
  await Promise.all([consume(first), consume(second)]);
  const { busySeconds, waitingSeconds, blockedSeconds } = clock.report();
  expect(waitingSeconds).toBe(0);
  // Both are clocked from the first batch to the last: together nearly twice the 60 seconds that pass.
  expect(busySeconds + blockedSeconds).toBeGreaterThan(60);
  expect(busySeconds + blockedSeconds).toBeLessThanOrEqual(120);
});
