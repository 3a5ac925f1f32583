import fc from 'fast-check';

/** What two priors said of a document, `[tokens]` each; NaN where one gave no prediction. */
export interface LogprobPair {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

const logprob = fc.oneof(
  { arbitrary: fc.float({ min: Math.fround(-0.2), max: 0, noNaN: true }), weight: 4 },
  { arbitrary: fc.float({ min: -30, max: 0, noNaN: true }), weight: 2 },
  { arbitrary: fc.constant(Number.NaN), weight: 1 },
);

/** Documents as two priors might have scored them, many tokens near the usual thresholds. */
export const logprobPairs: fc.Arbitrary<readonly LogprobPair[]> = fc.array(
  fc.array(fc.tuple(logprob, logprob), { maxLength: 30 }).map((tokens) => ({
    a: Float32Array.from(tokens, ([a]) => a),
    b: Float32Array.from(tokens, ([, b]) => b),
  })),
  { maxLength: 8 },
);
