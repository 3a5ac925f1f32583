import type { PriorComparison } from '../comparison/prior-comparison.ts';

/** What `quantiseModel` did. */
export interface QuantisationReport {
  /** The graph that was quantised, absolute. */
  readonly source: string;
  /** The directory of the quantised prior, absolute. */
  readonly output: string;
  /** Its graph, relative to `output`. */
  readonly modelFile: string;
  /** Of the smoothing. */
  readonly alpha: number;
  readonly layers: number;
  /** The names of those that stay in float32. */
  readonly float32Layers: readonly string[];
  /** The share of the layers' multiplications that is done in int8. */
  readonly int8Share: number;
  readonly seconds: number;
  /** On held-out documents of the sample: A is the source. */
  readonly comparison: PriorComparison;
}
