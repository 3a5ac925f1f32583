import type { Int8Facts } from '../tuning/int8-facts.ts';
import type { BatchingFinding, PriorFinding } from './diagnosis.ts';
import { int8Warning } from './int8-warning.ts';

/** What a user should know of a prior before a long run, each a sentence. */
export function warningsOf({
  prior,
  batching,
  int8,
}: {
  readonly prior: PriorFinding;
  readonly batching: BatchingFinding;
  readonly int8: Int8Facts;
}): readonly string[] {
  const { notSplit, precision } = prior;
  const warnings: string[] = [];
  if (notSplit !== null) {
    warnings.push(
      `the graph cannot be split (${notSplit}): every token meets the whole vocabulary, which takes longer`,
    );
  }
  if (precision !== 'float32') {
    warnings.push(
      `the prior computes in ${precision}: some decisions differ from those in float32`,
    );
  }
  const slow = int8Warning(prior, int8);
  if (slow !== null) warnings.push(slow);
  if (batching.end === 'refused') {
    const most = batching.passes.at(-1)?.tokens ?? 0;
    warnings.push(`the device refuses micro-batches of more than ${String(most)} tokens`);
  }
  if (batching.file === null) {
    warnings.push('what was measured cannot be remembered: make ~/.cache/toedit writable');
  }
  return warnings;
}
