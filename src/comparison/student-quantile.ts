/**
 * The 0.975 quantile of Student's t, to 0.02 %: of the normal distribution, where the degrees of freedom are many.
 *
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5, an expansion in 1 / freedom; the first four are
 * tabled, since it comes too slowly to them.
 *
 * @param freedom - degrees of freedom, 1 or more
 */
export function studentQuantile(freedom: number): number {
  const expansion = coefficients.reduceRight((sum, term) => sum / freedom + term, 0);
  return tabled[freedom - 1] ?? expansion;
}

const tabled: readonly number[] = [12.7062, 4.3027, 3.1824, 2.7764];

/** The polynomials of 26.7.5 at the normal distribution's 0.975 quantile. */
const coefficients: readonly number[] = [1.959964, 2.372271, 2.822499, 2.55585, 1.589534];
