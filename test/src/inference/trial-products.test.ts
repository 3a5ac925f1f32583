import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { sessionOptions } from '#toedit/src/inference/worker/session-options';
import { trialProducts } from '#toedit/src/inference/worker/trial-products';
import { hasDotProductHere } from '../../this-processor.ts';

const [rows, inner, columns] = [3, 40, 7];
const x = Float32Array.from({ length: rows * inner }, (_, i) => 3 * Math.cos(i * i));

async function multiply(graph: Uint8Array, hasDotProduct: boolean | null): Promise<Float32Array> {
  const settings = sessionOptions({ device: 'cpu', threads: 1 }, 'head', hasDotProduct);
  const session = await InferenceSession.create(graph, settings);
  const { y } = await session.run({ x: new Tensor(x, [rows, inner]) });
  await session.release();
  expect(y?.dims).toEqual([rows, columns]);
  return y?.data as Float32Array;
}

const weight = (k: number, column: number) => Math.fround(Math.sin(k * columns + column));
const indices = Array.from({ length: rows * columns }, (_, i) => i);
const sumOver = (term: (k: number) => number) =>
  Array.from({ length: inner }, (_, k) => term(k)).reduce((sum, each) => sum + each, 0);

test('float32 is the product', async () => {
  const y = await multiply(trialProducts(inner, columns).float32, null);
  for (const i of indices) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const expected = sumOver((k) => (x[row * inner + k] ?? 0) * weight(k, column));
    expect(y[i]).toBeCloseTo(expected, 4);
  }
});

/** What the product is when both matrices are rounded, row by row of `x`. */
async function expectRoundedProduct(hasDotProduct: boolean | null): Promise<void> {
  const y = await multiply(trialProducts(inner, columns).int8, hasDotProduct);
  for (const i of indices) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const values = x.subarray(row * inner, (row + 1) * inner);
    const largest = Math.max(...values.map(Math.abs));
    const rounded = (k: number) => Math.round(((values[k] ?? 0) / largest) * 127);
    const sum = sumOver((k) => rounded(k) * Math.round(127 * weight(k, column)));
    expect(y[i]).toBeCloseTo((sum / 127 / 127) * largest, 4);
  }
}

test.each([false, null])(
  'int8 is the product of rounded matrices, dot product: %s',
  expectRoundedProduct,
);

const canBeTrusted = hasDotProductHere === true;
if (!canBeTrusted) console.warn('skipped: without 8-bit dot products, unset precision saturates');

test.skipIf(!canBeTrusted)('int8 is the product of rounded matrices, dot product: true', () =>
  expectRoundedProduct(true),
);
