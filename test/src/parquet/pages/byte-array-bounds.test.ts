import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ByteArrayBounds,
  byteArrayBounds,
  mergeBounds,
} from '#toedit/src/parquet/pages/byte-array-bounds';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const unit = fc.constantFrom('binary' as const, 'grapheme' as const);
const text = unit.chain((each) => fc.string({ unit: each, maxLength: 12 })).map(bytes);
const binary = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.uint8Array({ min: 250, maxLength: 12 }),
);
const limit = fc.integer({ min: 1, max: 8 });

const sorted = (values: readonly Uint8Array[]) => [...values].sort((a, b) => Buffer.compare(a, b));
const isText = (value: Uint8Array) =>
  Buffer.compare(Buffer.from(Buffer.from(value).toString('utf8')), value) === 0;

function expectAround(bounds: ByteArrayBounds | undefined, values: readonly Uint8Array[]): void {
  const [least] = sorted(values);
  const greatest = sorted(values).at(-1);
  if (bounds === undefined || least === undefined || greatest === undefined) {
    expect([bounds, values.length]).toEqual([undefined, 0]);
    return;
  }
  expect(Buffer.compare(bounds.min, least)).toBeLessThanOrEqual(0);
  expect(Buffer.compare(bounds.max, greatest)).toBeGreaterThanOrEqual(0);
  if (bounds.isMinExact) expect(bounds.min).toEqual(least);
  if (bounds.isMaxExact) expect(bounds.max).toEqual(greatest);
}

describe('bounds', () => {
  test('without a limit are the least and the greatest value, as the bytes are ordered', () => {
    fc.assert(
      fc.property(fc.array(binary, { minLength: 1 }), (values) => {
        expect(byteArrayBounds(values)).toEqual({
          min: sorted(values)[0],
          max: sorted(values).at(-1),
          isMinExact: true,
          isMaxExact: true,
        });
      }),
    );
  });

  test('that are shortened lie around all values, and max stays whole only where nothing short is above', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(text, binary)), limit, (values, most) => {
        const bounds = byteArrayBounds(values, most);
        expectAround(bounds, values);
        if (bounds === undefined) return;
        expect(bounds.min.length).toBeLessThanOrEqual(most);
        if (!bounds.isMaxExact) expect(bounds.max.length).toBeLessThanOrEqual(most);
      }),
      { numRuns: 1000 },
    );
  });

  test('of text are text', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), limit, (values, most) => {
        const bounds = byteArrayBounds(values, most);
        expect(bounds && [isText(bounds.min), isText(bounds.max)]).toEqual([true, true]);
      }),
      { numRuns: 1000 },
    );
  });

  test('of parts, merged, lie around the whole', () => {
    const values = fc.array(fc.oneof(text, binary));
    fc.assert(
      fc.property(values, values, limit, (a, b, most) => {
        expectAround(mergeBounds(byteArrayBounds(a, most), byteArrayBounds(b, most)), [...a, ...b]);
        expect(mergeBounds(byteArrayBounds(a), byteArrayBounds(b))).toEqual(
          byteArrayBounds([...a, ...b]),
        );
      }),
      { numRuns: 500 },
    );
  });

  test.for([
    ['bcd', 2, 'bc', 'bd'],
    ['aé', 2, 'a', 'b'],
    ['a\u007fx', 2, 'a\u007f', 'b'],
    ['\ud7ffé', 3, '\ud7ff', '\ue000'],
  ] as const)('of %j at %i bytes are %j and %j', ([value, most, min, max]) => {
    const bounds = byteArrayBounds([bytes(value)], most);
    expect(bounds).toEqual({
      min: bytes(min),
      max: bytes(max),
      isMinExact: false,
      isMaxExact: false,
    });
  });

  test('are copies', () => {
    const value = bytes('abc');
    const bounds = byteArrayBounds([value]);
    value.fill(0);
    expect(bounds?.min).toEqual(bytes('abc'));
    expect(bounds?.max).toEqual(bytes('abc'));
  });
});
