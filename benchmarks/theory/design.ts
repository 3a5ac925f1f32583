import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Random } from './random-normals.ts';

/** The inputs of a regression, and its least squares. */
export interface Design {
  /** X, `[samples, dimensions]`. */
  readonly x: Matrix;
  /** A = (XᵀX)⁻¹Xᵀ, `[dimensions, samples]`: weights are A times labels. */
  readonly a: Matrix;
  readonly samples: number;
  readonly dimensions: number;
}

/** What the linear model of the paper is drawn from. */
export interface Setting {
  /** T: rows of the data. */
  readonly samples: number;
  /** d: weights of the model. */
  readonly dimensions: number;
  /** The standard deviation of the labels' noise. */
  readonly sigma: number;
}

/** Inputs whose entries are independent standard normal. */
export function drawDesign({ samples, dimensions }: Setting, random: Random): Design {
  const x = new Matrix(samples, dimensions);
  for (let row = 0; row < samples; row++) {
    for (let column = 0; column < dimensions; column++) x.set(row, column, random.normal());
  }
  return designOf(x);
}

/** The least squares of inputs of full column rank. */
function designOf(x: Matrix): Design {
  const a = new CholeskyDecomposition(x.gram()).solve(x.transpose());
  return { x, a, samples: x.rows, dimensions: x.columns };
}

/** B = σ²d / (T - d - 1): the expected error of the first model, over all inputs. */
export function firstError({ samples, dimensions, sigma }: Setting): number {
  return (sigma ** 2 * dimensions) / (samples - dimensions - 1);
}
