/**
 * A sum that is the same in whatever order its parts are added: each is rounded to 2^-20 first, and the sum is whole units of that.
 */
export interface ExactSum {
  units: bigint;
}

const scale = 2 ** 20;

/** A sum of nothing. */
export function newSum(): ExactSum {
  return { units: 0n };
}

/** Adds a finite number. */
export function addToSum(sum: ExactSum, value: number): void {
  sum.units += BigInt(Math.round(value * scale));
}

/** Adds all that another sum has. */
export function mergeSum(into: ExactSum, from: ExactSum): void {
  into.units += from.units;
}

/** The sum as a number. */
export function valueOf({ units }: ExactSum): number {
  return Number(units) / scale;
}
