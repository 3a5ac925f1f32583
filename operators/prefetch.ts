import { Readable } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import type { LimitFunction } from 'p-limit';
import type { Operator, Source } from '../src/operator.ts';
import { requireInteger } from '../src/options.ts';

/**
 * Reads ahead: while a batch is being worked on downstream, at most `count` further ones are read or waiting. The one
 * place of read-ahead in a pipeline; put it after I/O and inference. Order stays, and an error comes in its place.
 *
 * @param count - record batches, 1 or more.
 * @throws ToeditError `BAD_OPTION`.
 */
export function prefetch(count: number): Operator {
  requireInteger('prefetch', count, [1]);
  return async function* prefetch(source) {
    const ahead = readAhead(source, count);
    try {
      for (let next = await ahead.take(); !next.done; next = await ahead.take()) yield next.value;
    } finally {
      await ahead.release();
    }
  };
}

interface ReadAhead {
  take(): Promise<IteratorResult<RecordBatch>>;
  release(): Promise<void>;
}

function readAhead(source: AsyncIterable<RecordBatch>, count: number): ReadAhead {
  const iterator = source[Symbol.asyncIterator]();
  const waiting: Promise<IteratorResult<RecordBatch>>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let isOver = false;

  const read = async (): Promise<IteratorResult<RecordBatch>> => {
    if (isOver) return { done: true, value: undefined };
    try {
      const next = await iterator.next();
      if (next.done) isOver = true;
      return next;
    } catch (error) {
      isOver = true;
      throw error;
    }
  };
  const fill = (): void => {
    while (waiting.length < count) {
      // One call of next() at a time: not every iterator takes more.
      const next = last.then(read, read);
      next.catch(() => undefined);
      last = next;
      waiting.push(next);
    }
  };
  const take = async (): Promise<IteratorResult<RecordBatch>> => {
    fill();
    const next = await waiting.shift();
    if (next !== undefined && !next.done) fill();
    return next ?? { done: true, value: undefined };
  };
  const release = async (): Promise<void> => {
    const isUnfinished = !isOver;
    isOver = true;
    await last.catch(() => undefined);
    if (isUnfinished) await iterator.return?.();
  };
  return { take, release };
}

/**
 * Runs an operator one record batch at a time, each under the mutex: pipelines that share `mutex` do not begin a batch
 * before another has released it. It is released with the operator's work, or when the operator says so before.
 *
 * @param operatorOf - makes an operator that works batch by batch, and keeps nothing from one to the next; `release` lets
 *   the next batch begin.
 */
export function withMutex(
  mutex: LimitFunction,
  operatorOf: (release: () => void) => Operator,
): Operator {
  return async function* withMutex(source, options) {
    for await (const batch of source) {
      yield* await runExclusive(mutex, (release) =>
        all(operatorOf(release)(Readable.from([batch]), options)),
      );
    }
  };
}

function runExclusive<Result>(
  mutex: LimitFunction,
  work: (release: () => void) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve) => {
    void mutex(
      () =>
        new Promise<void>((release) => {
          resolve(work(release).finally(release));
        }),
    );
  });
}

async function all(source: Source): Promise<readonly RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for await (const batch of source) batches.push(batch);
  return batches;
}
