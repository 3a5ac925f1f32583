import { Readable } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import type { LimitFunction } from 'p-limit';
import type { Operator, Source } from '../src/operator.ts';

/**
 * Runs an operator one record batch at a time, each in a turn of its own: pipelines that share `turns` do not begin a batch
 * before the turn of another is over. It is over with the operator's work, or when the operator says so before.
 *
 * @param operatorOf - makes an operator that works batch by batch, and keeps nothing from one to the next; `endTurn` lets
 *   the next batch begin.
 */
export function inTurns(
  turns: LimitFunction,
  operatorOf: (endTurn: () => void) => Operator,
): Operator {
  return async function* inTurns(source, options) {
    for await (const batch of source) {
      yield* await inTurn(turns, (endTurn) =>
        all(operatorOf(endTurn)(Readable.from([batch]), options)),
      );
    }
  };
}

function inTurn<Result>(
  turns: LimitFunction,
  work: (endTurn: () => void) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve) => {
    void turns(
      () =>
        new Promise<void>((endTurn) => {
          resolve(work(endTurn).finally(endTurn));
        }),
    );
  });
}

async function all(source: Source): Promise<readonly RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for await (const batch of source) batches.push(batch);
  return batches;
}
