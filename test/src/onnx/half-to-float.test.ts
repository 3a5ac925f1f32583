import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { halfToFloat } from '#toedit/src/onnx/tensors';

test.each([
  [0x0001, 2 ** -24],
  [0x83ff, -1023 * 2 ** -24],
  [0x0400, 2 ** -14],
  [0x3555, 0.333251953125],
  [0xbc00, -1],
  [0x7bff, 65504],
  [0x7c00, Number.POSITIVE_INFINITY],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x8000, -0],
  [0x7c01, Number.NaN],
])('%i is %d', (bits, value) => {
  expect(halfToFloat(bits)).toBe(value);
});

test('all 65,536 values are those of Python’s struct', () => {
  const values = Float32Array.from({ length: 65_536 }, (_, bits) => halfToFloat(bits));
  const view = new DataView(values.buffer);
  // There are many NaNs: the reference writes all as this one.
  values.forEach((value, i) => {
    if (Number.isNaN(value)) view.setUint32(4 * i, 0x7fc0_0000, true);
  });
  const hash = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
  // struct.pack('<f', struct.unpack('<e', struct.pack('<H', bits))[0]), one after the other.
  expect(hash).toBe('385ff5fe69182797cda5f1827e20cf423f4416bc9246f27d0eec27cac9039259');
});
