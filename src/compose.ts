import type { Operator } from './operator.ts';

/** One operator out of several, applied from left to right. */
export function compose(...operators: readonly Operator[]): Operator {
  return (source, options) =>
    operators.reduce((batches, operator) => operator(batches, options), source);
}
