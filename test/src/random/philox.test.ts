import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { philox4x32 } from '#toedit/src/random/philox';

const word = fc.integer({ min: 0, max: 0xffffffff });

/** The paper's definition in 64-bit whole numbers. */
function reference(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  const mask = 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3].map(Number);
}

function philox(counter: readonly number[], key: readonly number[]): number[] {
  const output = new Uint32Array(4);
  philox4x32(Uint32Array.from(counter), Uint32Array.from(key), output);
  return [...output];
}

describe('philox4x32', () => {
  test('equals its definition in whole numbers', () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        expect(philox(counter, key)).toEqual(reference(counter, key));
      }),
      { numRuns: 2_000 },
    );
  });

  test('gives the known answers of Random123', () => {
    const ones = 0xffffffff;
    expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    expect(philox([ones, ones, ones, ones], [ones, ones])).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
    expect(
      philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
    ).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
  });

  test('may write over its counter', () => {
    const words = new Uint32Array(4);
    philox4x32(words, new Uint32Array(2), words);
    expect([...words]).toEqual(philox([0, 0, 0, 0], [0, 0]));
  });
});
