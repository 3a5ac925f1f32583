import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRuns, encodeRuns } from '#toedit/src/parquet/pages/run-lengths';

/** Numbers with and without runs in them. */
const numbersBelow = (limit: number) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: limit - 1 }), fc.integer({ min: 1, max: 40 })), {
      maxLength: 40,
    })
    .map((runs) => runs.flatMap(([value, count]) => new Array<number>(count).fill(value)));

describe('levels in runs', () => {
  const widths = fc.integer({ min: 1, max: 8 });

  test('are decoded as they were encoded', () => {
    const cases = widths.chain((width) => fc.tuple(fc.constant(width), numbersBelow(2 ** width)));
    fc.assert(
      fc.property(cases, ([width, numbers]) => {
        const output = new Uint8Array(numbers.length);
        decodeRuns(encodeRuns(Uint8Array.from(numbers), width), width, output);
        expect([...output]).toEqual(numbers);
      }),
    );
  });

  test('take a few bytes where they repeat', () => {
    expect(encodeRuns(new Uint8Array(1_000_000).fill(1), 1)).toHaveLength(4);
  });

  test('of the examples in Encodings.md', () => {
    // The numbers 0 to 7 in three bits each.
    const packed = Uint8Array.of(3, 0b10001000, 0b11000110, 0b11111010);
    expect([...encodeRuns(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), 3)]).toEqual([...packed]);
  });
});

describe('dictionary indexes in runs', () => {
  /** One packed run, made bit by bit. */
  function packedRun(numbers: readonly number[], width: number): Uint8Array {
    const groups = Math.ceil(numbers.length / 8);
    const bytes = new Uint8Array(groups * width);
    for (const [i, number] of numbers.entries()) {
      for (let bit = 0; bit < width; bit++) {
        const at = i * width + bit;
        if (Math.floor(number / 2 ** bit) % 2 === 1)
          bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
      }
    }
    const header = groups * 2 + 1;
    return Uint8Array.from([(header & 127) | 128, header >> 7, ...bytes]);
  }

  test('are decoded at every width', () => {
    const cases = fc
      .integer({ min: 0, max: 32 })
      .chain((width) => fc.tuple(fc.constant(width), numbersBelow(2 ** width)));
    fc.assert(
      fc.property(cases, ([width, numbers]) => {
        const output = new Uint32Array(numbers.length);
        decodeRuns(packedRun(numbers, width), width, output);
        expect([...output]).toEqual(numbers);
      }),
    );
  });

  test('of damaged bytes are numbers or an Error, of no more than was asked for', () => {
    const cases = fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 32 }));
    fc.assert(
      fc.property(cases, ([bytes, width]) => {
        try {
          decodeRuns(bytes, width, new Uint32Array(100));
        } catch (error) {
          expect((error as Error).message).toMatch(/^the (runs of a page end|length of a run)/);
        }
      }),
    );
  });
});
