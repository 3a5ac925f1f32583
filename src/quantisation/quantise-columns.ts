/** A matrix in 8 bits: each column has one scale, the weights are `codes * scale`. */
export interface QuantisedMatrix {
  /** From -127 to 127, `[inputs, outputs]`. */
  readonly codes: Int8Array;
  /** float32 `[outputs]`. */
  readonly scales: Float32Array;
}

/**
 * Quantises a matrix by columns: the largest absolute value of each becomes 127, ties are rounded to even. A column of zeros,
 * or of numbers below 1e-43, becomes zeros of scale 1.
 *
 * @param weights - `[inputs, outputs]`, row by row
 */
export function quantiseColumns(weights: Float32Array, outputs: number): QuantisedMatrix {
  const largest = largestOf(weights, outputs);
  // The smallest numbers have no 127th part in float32.
  const scales = largest.map((size) => Math.fround(size / 127) || 1);
  const codes = new Int8Array(weights.length);
  for (let i = 0, column = 0; i < weights.length; i++) {
    const code = roundToEven((weights[i] ?? 0) / (scales[column] ?? 1));
    codes[i] = Math.max(-127, Math.min(127, code));
    if (++column === outputs) column = 0;
  }
  return { codes, scales };
}

/** The largest absolute value of each column. */
function largestOf(weights: Float32Array, outputs: number): Float32Array {
  const largest = new Float32Array(outputs);
  for (let i = 0, column = 0; i < weights.length; i++) {
    const size = Math.abs(weights[i] ?? 0);
    if (size > (largest[column] ?? 0)) largest[column] = size;
    if (++column === outputs) column = 0;
  }
  return largest;
}

/** Beyond 2^52 doubles have no fractions: adding and subtracting that rounds as the processor does. */
function roundToEven(value: number): number {
  return value + 6755399441055744 - 6755399441055744;
}
