import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareProcess, reach } from '#toedit/benchmarks/theory/compare-process';
import { drawDesign } from '#toedit/benchmarks/theory/design';
import { exactErrors } from '#toedit/benchmarks/theory/exact-errors';
import { drawMasks, type Process, processesOf } from '#toedit/benchmarks/theory/processes';
import { randomStream } from '#toedit/benchmarks/theory/random-normals';
import { resultsPage } from '#toedit/benchmarks/theory/results-page';
import { type TheoryResults, theoryResults } from '#toedit/benchmarks/theory/theory-results';
import { root } from '../sandbox.ts';

const small = { samples: 40, dimensions: 4, sigma: 0.5 };
const effort = { designs: 4, repetitions: 3000, seed: 17n };

test.each(processesOf(4).map((process, index) => ({ process, index })))(
  'the simulation of $process.name agrees with the exact recursion in every round',
  ({ process, index }) => {
    const { exact, simulated, standardErrors } = compareProcess(process, small, effort, index);
    expect(exact).toHaveLength(process.fractions.length + 1);
    exact.forEach((expected, round) => {
      const half = reach['99.9 %'] * (standardErrors[round] ?? 0);
      expect(half).toBeLessThan(0.1 * expected);
      expect(Math.abs((simulated[round] ?? 0) - expected)).toBeLessThan(half);
    });
  },
);

const masks = fc.array(fc.uniqueArray(fc.nat(19)), { minLength: 1, maxLength: 6 });
const designs = fc.nat(1000).map((low) => {
  return drawDesign({ samples: 20, dimensions: 3, sigma: 1 }, randomStream(5n, { low, high: 0 }));
});

test('with a fixed prior the error is at most twice the first, whatever is edited, and the first where nothing is', () => {
  fc.assert(
    fc.property(
      designs,
      masks,
      fc.double({ min: 0.1, max: 9, noNaN: true }),
      (design, rows, sigma) => {
        const edits = { masks: rows.map((mask) => Int32Array.from(mask)), sigma };
        const errors = exactErrors(design, { ...edits, labels: 'first model' });
        const [first = 0] = errors;
        for (const error of errors) expect(error).toBeLessThanOrEqual(2 * first * (1 + 1e-9));
        const idle = exactErrors(design, {
          masks: [new Int32Array()],
          sigma,
          labels: 'first model',
        });
        expect(idle[1]).toBeCloseTo(first, 9);
      },
    ),
  );
});

test('full replacement adds the first error in every round, exactly', () => {
  fc.assert(
    fc.property(designs, fc.integer({ min: 1, max: 8 }), (design, rounds) => {
      const all = Int32Array.from({ length: 20 }, (_, row) => row);
      const edits = { masks: Array.from({ length: rounds }, () => all), sigma: 1 };
      const errors = exactErrors(design, { ...edits, labels: 'latest model' });
      errors.forEach((error, round) => {
        expect(error / (errors[0] ?? 0)).toBeCloseTo(round + 1, 9);
      });
    }),
  );
});

test('for far more samples than dimensions the exact errors are those of the formulas', () => {
  const setting = { samples: 600, dimensions: 2, sigma: 1 };
  for (const [index, process] of processesOf(6).entries()) {
    const few = { designs: 2, repetitions: 2, seed: 3n };
    const { exact } = compareProcess(process, setting, few, index);
    const ratio = (exact.at(-1) ?? 0) / (exact[0] ?? 0);
    expect(Math.abs(ratio / process.formula - 1), process.name).toBeLessThan(0.05);
  }
});

test('masks have the fraction of rows of each round, and disjoint ones no row twice', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { minLength: 1, maxLength: 5 }),
      (disjoint, fractions) => {
        const process: Process = {
          ...{ name: '', labels: 'latest model', fractions, disjoint, formula: 0 },
          expected: [0, 0],
        };
        const drawn = drawMasks(process, 50, randomStream(1n, { low: 0, high: 0 }));
        drawn.forEach((mask, round) => {
          expect(Math.abs(mask.length - 50 * (fractions[round] ?? 0))).toBeLessThanOrEqual(1);
          expect(new Set(mask).size).toBe(mask.length);
        });
        const rows = drawn.flatMap((mask) => Array.from(mask));
        if (disjoint) expect(new Set(rows).size).toBe(rows.length);
      },
    ),
  );
});

test('the page says where the bound holds and where it fails, and the same seed gives the same numbers', () => {
  const few = { designs: 2, repetitions: 20, seed: 2n };
  const theory = theoryResults(small, few, 20);
  const page = resultsPage(theory, 'a machine');
  const row = (name: string) => page.split('\n').find((line) => line.startsWith(`| ${name}`));
  expect(row('full replacement')).toContain('fails from round 2');
  expect(row('disjoint edits, retrained, all rows')).toContain('fails from round');
  expect(row('fixed prior, overlapping')).toContain('| holds |');
  expect(row('fixed prior, disjoint')).toContain('| holds |');
  expect(theoryResults(small, few, 20).results).toEqual(theory.results);
});

test('the committed page is made of the committed results', () => {
  const file = (name: string) => readFileSync(join(root, 'benchmarks/theory', name), 'utf8');
  const results = JSON.parse(file('results.json')) as TheoryResults & { machine: string };
  expect(resultsPage(results, results.machine)).toBe(file('RESULTS.md'));
});
