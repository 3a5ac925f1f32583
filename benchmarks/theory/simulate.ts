import type { Design } from './design.ts';
import type { Edits } from './exact-errors.ts';
import type { Random } from './random-normals.ts';

/**
 * One run of a process, as the paper describes it: true weights are drawn, labels, a model is fitted, and in each round the rows of
 * the mask get labels of a model, with noise, and another is fitted. Returns the squared distance of each model from the true
 * weights, `[rounds + 1]`. Knows nothing of covariances.
 */
export type Simulation = (random: Random) => Float64Array;

/** Prepares runs of a process in one design. */
export function simulation(design: Design, edits: Edits): Simulation {
  const { samples, dimensions } = design;
  const { masks, labels, sigma } = edits;
  const inputs = Float64Array.from(design.x.to1DArray());
  // By samples, as the inputs are.
  const solver = Float64Array.from(design.a.transpose().to1DArray());
  const output = new Float64Array(samples);
  const predict = (row: number, weights: Float64Array): number => {
    let sum = 0;
    const at = row * dimensions;
    for (let i = 0; i < dimensions; i++) sum += (inputs[at + i] ?? 0) * (weights[i] ?? 0);
    return sum;
  };
  const fit = (): Float64Array => fitted(solver, output, dimensions);
  return ({ normal }) => {
    const truth = Float64Array.from({ length: dimensions }, normal);
    for (let row = 0; row < samples; row++) output[row] = predict(row, truth) + sigma * normal();
    const first = fit();
    let latest = first;
    const errors = Float64Array.of(distance(first, truth), ...masks.map(() => 0));
    masks.forEach((mask, round) => {
      const model = labels === 'latest model' ? latest : first;
      for (const row of mask) {
        const label = labels === 'noise alone' ? (output[row] ?? 0) : predict(row, model);
        output[row] = label + sigma * normal();
      }
      latest = fit();
      errors[round + 1] = distance(latest, truth);
    });
    return errors;
  };
}

function fitted(solver: Float64Array, output: Float64Array, dimensions: number): Float64Array {
  const weights = new Float64Array(dimensions);
  for (let row = 0; row < output.length; row++) {
    const label = output[row] ?? 0;
    const at = row * dimensions;
    for (let i = 0; i < dimensions; i++) {
      weights[i] = (weights[i] ?? 0) + (solver[at + i] ?? 0) * label;
    }
  }
  return weights;
}

function distance(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += ((one[i] ?? 0) - (other[i] ?? 0)) ** 2;
  return sum;
}
