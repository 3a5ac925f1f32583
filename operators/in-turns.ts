import { Readable } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import type { LimitFunction } from 'p-limit';
import type { Operator, Source } from '../src/operator.ts';

/**
 * Runs an operator one record batch at a time, each in a turn of its own: pipelines that share `turns` do not begin a
 * batch before that of another is through. A batch that is passed on has ended its turn, whatever is done with it.
 *
 * @param operator - one that works batch by batch, and keeps nothing from one to the next.
 */
export function inTurns(turns: LimitFunction, operator: Operator): Operator {
  return async function* inTurns(source, options) {
    for await (const batch of source) {
      yield* await turns(() => all(operator(Readable.from([batch]), options)));
    }
  };
}

async function all(source: Source): Promise<readonly RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for await (const batch of source) batches.push(batch);
  return batches;
}
