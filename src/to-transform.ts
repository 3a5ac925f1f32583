import { Duplex } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import { handover } from './handover.ts';
import type { Operator } from './operator.ts';

/**
 * An operator as a Node stream, for `.pipe()`: an object-mode Duplex of record batches, `highWaterMark` 1 on both sides.
 * An error of the operator destroys the stream and is its `error` event; destroying the stream runs the operator's
 * `finally`. Inside toedit, and with `stream.pipeline()`, pass the operator itself.
 */
export function toTransform(operator: Operator): Duplex {
  const input = handover<RecordBatch>();
  const abort = new AbortController();
  const output = operator(input, { signal: abort.signal })[Symbol.asyncIterator]();
  const release = async (reason: Error): Promise<void> => {
    abort.abort(reason);
    input.fail(reason);
    await output.return?.();
  };
  const duplex = new Duplex({
    objectMode: true,
    highWaterMark: 1,
    write: (batch: RecordBatch, _encoding, callback) => input.give(batch, callback),
    final: (callback) => {
      input.end();
      callback();
    },
    read: () => {
      output.next().then(
        ({ done, value }) => {
          // Rows that come after the operator has had enough are taken and dropped, so that the writer can end.
          if (done) input.end();
          duplex.push(done ? null : value);
        },
        (error: unknown) =>
          duplex.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    destroy: (error, callback) => {
      release(error ?? new DOMException('the stream was destroyed', 'AbortError')).then(
        () => callback(error),
        (failure: unknown) => callback(error ?? (failure as Error)),
      );
    },
  });
  return duplex;
}
