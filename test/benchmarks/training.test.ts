import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differenceOf, type Evidence, lossOf, scaleOf } from '#toedit/benchmarks/training/evidence';
import { changeAtRandom, mixStreams } from '#toedit/benchmarks/training/experiments/token-files';
import { estimate, exactInterval, signOf } from '#toedit/benchmarks/training/intervals';
import { verdicts } from '#toedit/benchmarks/training/verdicts';

const tokens = fc.array(fc.integer({ min: 1, max: 4095 }), { minLength: 1, maxLength: 300 });
const stream = tokens.map((ids) => Uint16Array.from(ids));

describe('corpora', () => {
  test('a mixture has the share that is asked for, of the beginnings of both streams', () => {
    fc.assert(
      fc.property(stream, stream, fc.integer({ min: 0, max: 4 }), (one, other, quarters) => {
        const budget = 64;
        const mixed = mixStreams([one, other], quarters / 4, budget);
        const ofOther = 16 * quarters;
        expect(mixed.length).toBe(budget);
        const repeated = (of: Uint16Array, count: number): number[] =>
          Array.from({ length: count }, (_, at) => of[at % of.length] ?? 0);
        expect([...mixed.subarray(0, ofOther)]).toEqual(repeated(other, ofOther));
        expect([...mixed.subarray(ofOther)]).toEqual(repeated(one, budget - ofOther));
      }),
    );
  });

  test('the control changes exactly as many tokens, by tokens of the stream; ends of text stay', () => {
    const many = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 200, maxLength: 400 });
    fc.assert(
      fc.property(many, fc.nat(50), fc.nat(1000), (ids, changes, seed) => {
        // Two tokens at least, so that each can become another.
        const source = Uint16Array.from([
          ...ids,
          ...Array.from({ length: 60 }, (_, i) => 1 + (i % 2)),
        ]);
        const changed = changeAtRandom(source, changes, seed);
        const at = [...source.keys()].filter((position) => source[position] !== changed[position]);
        expect(at.length).toBe(changes);
        for (const position of at) {
          expect(source[position]).not.toBe(0);
          expect(changed[position]).not.toBe(0);
          expect(source).toContain(changed[position]);
        }
        expect(changeAtRandom(source, changes, seed)).toEqual(changed);
      }),
    );
  });
});

describe('intervals', () => {
  test('of 1, 2, 3 by hand: 2 ± 4.303 / √3', () => {
    const { mean, half } = estimate([1, 2, 3]);
    expect(mean).toBe(2);
    expect(half).toBeCloseTo(4.3027 / Math.sqrt(3), 3);
    expect(signOf({ mean, half, values: 3 })).toBe('not told apart');
  });

  test('one value is never told apart from zero', () => {
    expect(signOf(estimate([1e9]))).toBe('not told apart');
  });

  test('a sign is told as soon as all of the interval has it', () => {
    const values = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(values, (sample) => {
        const { mean, half } = estimate(sample);
        const expected = mean - half > 0 ? 'above' : mean + half < 0 ? 'below' : 'not told apart';
        expect(signOf({ mean, half, values: sample.length })).toBe(expected);
      }),
    );
  });
});

describe('shares', () => {
  // scipy.stats.binomtest(k, n).proportion_ci(0.95, 'exact')
  test.each([
    [8, 10, 0.4439045, 0.9747893],
    [0, 10, 0, 0.3084971],
    [66, 66, 0.9456412, 1],
    [1514, 1551, 0.9672671, 0.9831492],
  ])('of %i in %i lie within %f and %f', (successes, trials, low, high) => {
    const [least, most] = exactInterval(successes, trials);
    expect(least).toBeCloseTo(low, 6);
    expect(most).toBeCloseTo(high, 6);
  });

  test('hold the share that was counted, and those of the other outcome mirror them', () => {
    const counts = fc
      .integer({ min: 1, max: 2000 })
      .chain((trials) => fc.tuple(fc.nat(trials), fc.constant(trials)));
    fc.assert(
      fc.property(counts, ([successes, trials]) => {
        const [low, high] = exactInterval(successes, trials);
        expect(low).toBeLessThanOrEqual(successes / trials);
        expect(high).toBeGreaterThanOrEqual(successes / trials);
        const [lost, most] = exactInterval(trials - successes, trials);
        expect(lost).toBeCloseTo(1 - high, 9);
        expect(most).toBeCloseTo(1 - low, 9);
      }),
      { numRuns: 50 },
    );
  });
});

/** Runs by arm and seed, whose test loss is that of the arm and a bit for the seed. */
function evidenceOf(losses: Readonly<Record<string, number>>, scale = 1): Evidence {
  const seeds = [1, 2, 3];
  const runs = Object.entries(losses).flatMap(([name, loss]) => {
    const [experiment = '', arm = '', generation = '0'] = name.split('/');
    return seeds.map((seed) => ({
      ...{ experiment, arm, seed, scale, generation: Number(generation), tokens: 1024 },
      ...{ losses: { test: loss + seed, peps: loss + seed }, wallSeconds: 1, cpuSeconds: 1 },
    }));
  });
  return { runs, facts: [] };
}

const source = { experiment: 'mixtures', arm: 'synthetic-0' };

describe('evidence', () => {
  test('what both arms have of a seed is in no difference', () => {
    const evidence = evidenceOf({ 'mixtures/synthetic-0': 5, 'edited/paper': 5.25 });
    const paper = { experiment: 'edited', arm: 'paper' };
    expect(differenceOf(evidence, [paper, source], 'test')).toMatchObject({ mean: 0.25, half: 0 });
    expect(lossOf(evidence, source, 'test')?.half).toBeGreaterThan(1);
    expect(lossOf(evidence, { ...source, arm: 'absent' }, 'test')).toBe(null);
  });

  test('an experiment is shown at the scale with most runs, the larger of equals, its baseline at the same', () => {
    const small = evidenceOf({
      'mixtures/synthetic-0': 5,
      'edited/paper': 5.25,
      'edited/five-percent': 6,
    });
    const large = evidenceOf({ 'mixtures/synthetic-0': 4, 'edited/paper': 4.5 }, 8);
    const both = { runs: [...small.runs, ...large.runs], facts: [] };
    expect(scaleOf(both, 'mixtures')).toBe(8);
    expect(scaleOf(both, 'edited')).toBe(1);
    const paper = { experiment: 'edited', arm: 'paper' };
    expect(differenceOf(both, [paper, source], 'test')?.mean).toBeCloseTo(0.25, 9);
  });
});

describe('verdicts', () => {
  const shares = [0, 25, 50, 75, 100];
  const rising = shares.map((share) => [`mixtures/synthetic-${share}`, 5 + share / 100] as const);
  const edits = ['paper', 'official-up', 'one-percent', 'five-percent'];
  const verdictsOf = (edited: number, shifted = 5): readonly string[] =>
    verdicts(
      evidenceOf({
        ...Object.fromEntries(rising),
        'edited/shifted': shifted,
        ...Object.fromEntries(edits.map((arm) => [`edited/${arm}`, edited])),
      }),
    ).map(({ verdict }) => verdict);

  test('follow the intervals', () => {
    expect(verdictsOf(4.9)[0]).toBe('reproduced');
    expect(verdictsOf(4.9)[3]).toBe('reproduced');
    expect(verdictsOf(5.1)[3]).toBe('not reproduced');
    // Not told apart is no improvement.
    expect(verdictsOf(5)[3]).toBe('not told apart');
    // Nor is what other windows of the same text give.
    expect(verdictsOf(4.9, 4.9)[3]).toBe('not told apart');
    expect(verdictsOf(5)[5]).toBe('no verdict yet');
  });
});
