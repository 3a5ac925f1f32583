import { drawDesign, firstError, type Setting } from './design.ts';
import { exactErrors } from './exact-errors.ts';
import { drawMasks, type Process } from './processes.ts';
import { randomStream } from './random-normals.ts';
import { simulation } from './simulate.ts';

/** How much is drawn. */
export interface Effort {
  /** Inputs, each with masks of its own. */
  readonly designs: number;
  /** Runs, over all designs. */
  readonly repetitions: number;
  readonly seed: bigint;
}

/** A process, computed and simulated: errors in units of B, `[rounds + 1]` from the first model on. */
export interface ProcessErrors {
  /** The mean over the designs of what is exact in each. */
  readonly exact: readonly number[];
  /** The mean over the runs. */
  readonly simulated: readonly number[];
  /** The standard error of `simulated` about `exact`: both are of the same designs and masks. */
  readonly standardErrors: readonly number[];
  /** The largest exact error of a round, in units of the same design's first error, over all designs: what the bound is about. */
  readonly largestRatio: number;
}

/** Half the width of a confidence interval, in standard errors: 95 %, and 99.9 % for what must hold of many at once. */
export const reach = { '95 %': 1.96, '99.9 %': 3.2905 } as const;

/**
 * Computes a process exactly and simulates it, in the same designs. For a design the exact error is the expectation of the
 * simulated one, so their difference is noise of mean 0.
 *
 * @param index - sets the process's draws apart from those of others
 */
export function compareProcess(
  process: Process,
  setting: Setting,
  { designs, repetitions, seed }: Effort,
  index = 0,
): ProcessErrors {
  const sums = Array.from({ length: process.fractions.length + 1 }, () => ({ ...nothing }));
  const perDesign = Math.ceil(repetitions / designs);
  const unit = firstError(setting);
  let largestRatio = 0;
  for (let which = 0; which < designs; which++) {
    const random = randomStream(seed, { low: which, high: index });
    const design = drawDesign(setting, random);
    const masks = drawMasks(process, setting.samples, random);
    const edits = { masks, labels: process.labels, sigma: setting.sigma };
    const exact = exactErrors(design, edits);
    largestRatio = Math.max(largestRatio, ...exact.map((error) => error / (exact[0] ?? 0)));
    const simulate = simulation(design, edits);
    for (let run = 0; run < perDesign; run++) addRun(sums, exact, simulate(random));
  }
  const runs = designs * perDesign;
  return {
    exact: sums.map(({ exact }) => exact / runs / unit),
    simulated: sums.map(({ exact, difference }) => (exact + difference) / runs / unit),
    standardErrors: sums.map((sum) => standardError(sum, runs) / unit),
    largestRatio,
  };
}

interface Sums {
  exact: number;
  difference: number;
  squares: number;
}

const nothing: Sums = { exact: 0, difference: 0, squares: 0 };

function addRun(sums: readonly Sums[], exact: Float64Array, simulated: Float64Array): void {
  sums.forEach((sum, round) => {
    const expected = exact[round] ?? 0;
    const difference = (simulated[round] ?? 0) - expected;
    sum.exact += expected;
    sum.difference += difference;
    sum.squares += difference ** 2;
  });
}

function standardError({ difference, squares }: Sums, runs: number): number {
  const variance = (squares - difference ** 2 / runs) / (runs - 1);
  return Math.sqrt(variance / runs);
}
