/** A product and what float32 may be off by, each `[rows, outputs]`. */
export interface SimulatedProduct {
  readonly values: Float64Array;
  readonly tolerances: Float64Array;
}

/**
 * The product of rows and weights in 8 bits, in float64 but where ONNX Runtime's float32 decides on a code.
 *
 * @param rows - `[rows, inputs]`
 * @param weights - `[inputs][outputs]`
 */
export function simulateInt8(
  rows: Float32Array,
  weights: readonly (readonly number[])[],
): SimulatedProduct {
  const inputs = weights.length;
  const columns = Array.from(weights[0] ?? [], (_, column) => codesOfColumn(weights, column));
  const count = rows.length / inputs;
  const values = new Float64Array(count * columns.length);
  for (let row = 0; row < count; row++) {
    const { codes, largest } = codesOfRow(rows.subarray(row * inputs, (row + 1) * inputs));
    columns.forEach((column, i) => {
      const sum = codes.reduce((total, code, k) => total + code * (column.codes[k] ?? 0), 0);
      values[row * columns.length + i] = sum * step * column.scale * largest;
    });
  }
  // Five roundings, and one step of the smallest numbers.
  const tolerances = values.map((value) => Math.abs(value) * 5 * 2 ** -24 + 2 ** -148);
  return { values, tolerances };
}

const step = Math.fround(1 / 127);

function codesOfRow(row: Float32Array): { codes: number[]; largest: number } {
  const largest = Math.max(...row.map(Math.abs));
  if (largest === 0) return { codes: Array.from(row, () => 0), largest };
  const codes = Array.from(row, (value) =>
    halfToEven(Math.fround(Math.fround(value / largest) / step)),
  );
  return { codes, largest };
}

function codesOfColumn(weights: readonly (readonly number[])[], column: number) {
  const values = weights.map((row) => row[column] ?? Number.NaN);
  const largest = Math.max(...values.map(Math.abs));
  const scale = largest === 0 ? 1 : Math.fround(largest / 127);
  return { scale, codes: values.map((value) => halfToEven(value / scale)) };
}

function halfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
