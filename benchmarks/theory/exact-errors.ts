import { Matrix } from 'ml-matrix';
import type { Design } from './design.ts';
import type { LabelSource, Masks } from './processes.ts';

/** What is edited, and by what, in one design. */
export interface Edits {
  readonly masks: Masks;
  readonly labels: LabelSource;
  /** The standard deviation of the labels' noise. */
  readonly sigma: number;
}

/**
 * The expected squared error of the model trained on the first data, and after each round of edits, for this design and these
 * masks: `[rounds + 1]`. The expectation is over the noise of the labels alone, and is exact.
 *
 * Labels are Xw* + e, so a model's error is Ae. C, the covariance of e over rows, begins as σ²I; an edited row t becomes x_t·δ + noise,
 * where δ is the error of the model that made its label.
 */
export function exactErrors(design: Design, edits: Edits): Float64Array {
  if (edits.labels === 'noise alone') return errorsOfNoise(design, edits);
  const { masks, sigma } = edits;
  const covariance = Matrix.eye(design.samples, design.samples, sigma ** 2);
  let latest = modelState(design, covariance);
  const first = { withRows: latest.withRows.clone(), own: latest.own };
  const errors = Float64Array.of(latest.own.trace());
  return masks.reduce((all, mask) => {
    const labeller = edits.labels === 'latest model' ? latest : first;
    editRows(design, covariance, { mask, labeller, sigma });
    latest = modelState(design, covariance);
    return Float64Array.of(...all, latest.own.trace());
  }, errors);
}

/** The covariances of a model's error δ: with each row's e, `[samples, dimensions]`, and with itself. */
interface ModelState {
  readonly withRows: Matrix;
  readonly own: Matrix;
}

function modelState({ a }: Design, covariance: Matrix): ModelState {
  const withRows = covariance.mmul(a.transpose());
  return { withRows, own: a.mmul(withRows) };
}

interface Round {
  readonly mask: Int32Array;
  readonly labeller: ModelState;
  readonly sigma: number;
}

/** Puts labels of a model into rows: their covariances with all rows, and with the model's error. */
function editRows(design: Design, covariance: Matrix, { mask, labeller, sigma }: Round): void {
  const rows = Array.from(mask);
  if (rows.length === 0) return;
  const inputs = design.x.selection(
    rows,
    Array.from({ length: design.dimensions }, (_, column) => column),
  );
  const withOthers = inputs.mmul(labeller.withRows.transpose());
  const withLabeller = inputs.mmul(labeller.own);
  const among = withLabeller.mmul(inputs.transpose());
  rows.forEach((row, i) => {
    for (let other = 0; other < design.samples; other++) {
      const value = withOthers.get(i, other);
      covariance.set(row, other, value).set(other, row, value);
    }
    labeller.withRows.setRow(row, withLabeller.getRow(i));
  });
  rows.forEach((row, i) => {
    rows.forEach((other, j) => covariance.set(row, other, among.get(i, j)));
    covariance.set(row, row, among.get(i, i) + sigma ** 2);
  });
}

/** Each edit adds the noise of its row: σ²‖a_t‖². */
function errorsOfNoise({ a, samples }: Design, { masks, sigma }: Edits): Float64Array {
  const shares = Array.from(
    { length: samples },
    (_, row) => sigma ** 2 * squares(a.getColumn(row)),
  );
  const sum = (rows: readonly number[]): number =>
    rows.reduce((total, row) => total + (shares[row] ?? 0), 0);
  let error = sum(shares.map((_, row) => row));
  const errors = [error];
  for (const mask of masks) errors.push((error += sum(Array.from(mask))));
  return Float64Array.from(errors);
}

function squares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
