import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requireInteger, requireOneOf, requireProbability, requireSeed } from '#toedit/src/options';

/** The message of the refusal; null where there is none. */
function refusal(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    expect(error).toMatchObject({ name: 'ToeditError', code: 'BAD_OPTION' });
    return (error as Error).message;
  }
}

test('a whole number is refused just where it is outside its bounds, and named with them', () => {
  const bound = fc.integer({ min: -20, max: 20 });
  fc.assert(
    fc.property(bound, bound, fc.oneof(bound, fc.double()), (one, other, value) => {
      const [least, most] = one < other ? [one, other] : [other, one];
      const isWithin = Number.isInteger(value) && value >= least && value <= most;
      const message = `rows must be a whole number from ${least} to ${most}: ${value}.`;
      expect(refusal(() => requireInteger('rows', value, [least, most]))).toBe(
        isWithin ? null : message,
      );
    }),
  );
});

test('a whole number without an upper bound', () => {
  expect(refusal(() => requireInteger('rows', 2 ** 53 - 1, [1]))).toBeNull();
  expect(refusal(() => requireInteger('rows', 2 ** 53, [1]))).toMatch(
    /from 1 on: 9007199254740992/,
  );
  expect(refusal(() => requireInteger('rows', 0, [1]))).toBe(
    'rows must be a whole number from 1 on: 0.',
  );
});

test('a probability is above 0 and at most 1', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const message = refusal(() => requireProbability('threshold', value));
      if (value > 0 && value <= 1) expect(message).toBeNull();
      else expect(message).toMatch(/^threshold is .*: choose a probability above 0 and at most 1$/);
    }),
    { examples: [[0], [1], [Number.MIN_VALUE], [1.0000000000000002], [Number.NaN]] },
  );
});

test('one of a few words', () => {
  expect(refusal(() => requireOneOf('device', 'cpu', ['cpu', 'cuda']))).toBeNull();
  expect(refusal(() => requireOneOf('device', 'tpu', ['cpu', 'cuda']))).toBe(
    'device is tpu: choose one of cpu, cuda',
  );
});

test('what is left out is not refused', () => {
  expect(refusal(() => requireInteger('rows', undefined, [1]))).toBeNull();
  expect(refusal(() => requireOneOf('device', undefined, ['cpu']))).toBeNull();
});

test.each([
  [0n, true],
  [2n ** 64n - 1n, true],
  [-1n, false],
  [2n ** 64n, false],
])('the seed %s', (seed, isSeed) => {
  const message = `seed is ${seed}: choose a whole number from 0 to 18446744073709551615`;
  expect(refusal(() => requireSeed(seed))).toBe(isSeed ? null : message);
});
