import type { RecordBatch } from 'apache-arrow';
import type { Operator } from '../src/operator.ts';

/** Passes every record batch; shows it first. */
export function onEachBatch(see: (batch: RecordBatch) => void): Operator {
  return async function* onEachBatch(source) {
    for await (const batch of source) {
      see(batch);
      yield batch;
    }
  };
}
