import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runMeter } from '#toedit/src/metrics/run-meter';

const weights = fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 1, maxLength: 30 });

interface Corpus {
  readonly sizes: readonly number[];
  /** How many of the tasks were at their end before. */
  readonly ended?: number;
  readonly inFlight?: number;
  /** Before the first micro-batch. */
  readonly openingMs?: number;
  readonly msAByte: number;
}

/** Works through a corpus at a steady pace, so many files at once; what the meter says, and how long it really took. */
function work({ sizes, ended = 0, inFlight = 1, openingMs = 0, msAByte }: Corpus) {
  let at = openingMs;
  const meter = runMeter({
    weights: new Map(sizes.entries()),
    ended: Array.from({ length: ended }, (_, i) => i),
    now: () => at,
  });
  const first = meter.etaSeconds();
  const seen: { at: number; eta: number | null; share: number | null }[] = [];
  const steps = 8;
  for (let from = ended; from < sizes.length; from += inFlight) {
    const tasks = Array.from(sizes.keys()).slice(from, from + inFlight);
    for (let step = 1; step <= steps; step++) {
      for (const task of tasks) {
        at += ((sizes[task] ?? 0) * msAByte) / steps;
        meter.move(task, { done: step / steps, before: 0 });
        meter.tick();
        seen.push({ at, eta: meter.etaSeconds(), share: meter.share() });
      }
    }
    for (const task of tasks) meter.end(task, true);
  }
  return { meter, first, seen, end: at };
}

test('at a steady pace every ETA is the truth, from the first that is said', () => {
  fc.assert(
    fc.property(
      fc.record({
        ...{ sizes: weights, inFlight: fc.integer({ min: 1, max: 8 }), ended: fc.nat(3) },
        ...{ openingMs: fc.nat(60_000), msAByte: fc.double({ min: 1e-6, max: 1e-3, noNaN: true }) },
      }),
      (corpus) => {
        const { sizes, ended } = corpus;
        fc.pre(ended < sizes.length);
        const { first, seen, end, meter } = work(corpus);
        expect(first).toBeNull();
        for (const { at, eta } of seen) {
          if (eta !== null) expect(eta).toBeCloseTo((end - at) / 1000, 3);
        }
        expect(meter.share()).toBeCloseTo(1);
        expect(meter.tasksDone()).toBe(sizes.length);
      },
    ),
  );
});

test('nothing is said before two seconds and three micro-batches have passed', () => {
  const { seen } = work({ sizes: [8000, 8000, 8000], msAByte: 1 });
  expect(seen.map(({ eta }) => eta !== null).indexOf(true)).toBe(3);
  const quick = work({ sizes: [8000, 8000, 8000], msAByte: 0.1 });
  expect(quick.seen.every(({ eta, at }) => eta === null || at >= 2000)).toBe(true);
  expect(quick.seen.some(({ eta }) => eta !== null)).toBe(true);
});

test('what was done before counts for the share, not for the pace', () => {
  let at = 0;
  const meter = runMeter({
    weights: new Map([
      [0, 800],
      [1, 200],
    ]),
    ended: [0],
    now: () => at,
  });
  expect(meter.share()).toBe(0.8);
  for (let step = 0; step <= 5; step++) {
    at = step * 1000;
    meter.move(1, { done: 0.5 + step / 20, before: 0.5 });
    meter.tick();
  }
  expect(meter.share()).toBeCloseTo(0.95);
  // 10 in a second, 50 are left.
  expect(meter.etaSeconds()).toBeCloseTo(5);
});

test('a file that failed does not make the pace look better', () => {
  let at = 0;
  const meter = runMeter({
    weights: new Map([
      [0, 100],
      [1, 10_000],
      [2, 100],
    ]),
    ended: [],
    now: () => at,
  });
  for (let step = 1; step <= 10; step++) {
    at = step * 1000;
    meter.move(0, { done: step / 10, before: 0 });
    meter.tick();
  }
  meter.end(0, true);
  meter.end(1, false);
  expect(meter.share()).toBeCloseTo(10_100 / 10_200);
  expect(meter.etaSeconds()).toBeCloseTo(10);
});

test('a run without any work has no share', () => {
  const meter = runMeter({ weights: new Map([[0, 0]]), ended: [], now: () => 0 });
  expect([meter.share(), meter.etaSeconds()]).toEqual([null, null]);
});
