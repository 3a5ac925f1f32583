import { expect, test } from 'vitest';
import { resolveReading } from '#toedit/src/inference/resolve-scoring';

const prior = { maxTokens: 8192, bosTokenId: 1, addsBos: true };

test.each([
  [prior, {}, { windowTokens: 2048, minContextTokens: 512, maxBatchTokens: 1024, bosTokenId: 1 }],
  [{ ...prior, maxTokens: 511 }, {}, { windowTokens: 511, minContextTokens: 127 }],
  [prior, {}, { runTokens: 64 }],
  [prior, { runTokens: 0 }, { runTokens: 0 }],
  [prior, { windowTokens: 9 }, { windowTokens: 9, minContextTokens: 2 }],
  [prior, { bos: 'never' }, { bosTokenId: null }],
  [{ ...prior, addsBos: false }, {}, { bosTokenId: null }],
  [{ ...prior, addsBos: false }, { bos: 'always' }, { bosTokenId: 1 }],
  [{ ...prior, addsBos: false, bosTokenId: null }, { bos: 'auto' }, { bosTokenId: null }],
] as const)('%j with %j', (limits, options, expected) => {
  expect(resolveReading(limits, options)).toMatchObject(expected);
});

test.each([
  [{ windowTokens: 7 }, 'windowTokens must be a whole number from 8 to 8192: 7.'],
  [{ windowTokens: 8193 }, 'from 8 to 8192: 8193.'],
  [{ windowTokens: 10.5 }, ': 10.5.'],
  [
    { windowTokens: 20, minContextTokens: 19 },
    'minContextTokens must be a whole number from 1 to 18',
  ],
  [{ minContextTokens: 0 }, 'from 1 to 2046: 0.'],
  [{ maxBatchTokens: 0 }, 'maxBatchTokens must be a whole number'],
  [{ maxBatchTokens: Number.NaN }, ': NaN.'],
  [{ runTokens: -1 }, 'runTokens must be a whole number from 0 to 16777216: -1.'],
])('%j is refused', (options, message) => {
  expect(() => resolveReading(prior, options)).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: expect.stringContaining(message) as string,
    }),
  );
});

test('bos always without a BOS token is refused', () => {
  const limits = { ...prior, bosTokenId: null, addsBos: false };
  expect(() => resolveReading(limits, { bos: 'always' })).toThrow(/no BOS token .*: use never/);
});
