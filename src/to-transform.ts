import { Duplex } from 'node:stream';
import type { RecordBatch } from 'apache-arrow';
import type { Operator } from './operator.ts';

/**
 * An operator as a Node stream, for `.pipe()`: an object-mode Duplex of record batches, `highWaterMark` 1 on both sides.
 * An error of the operator destroys the stream and is its `error` event; destroying the stream runs the operator's
 * `finally`. Inside toedit, and with `stream.pipeline()`, pass the operator itself.
 */
export function toTransform(operator: Operator): Duplex {
  const input = handoff<RecordBatch>();
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

/** Hands items from a producer to one async iteration, one at a time. */
export interface Handoff<T> extends AsyncIterable<T> {
  /** Calls back once the item is taken, or dropped because the handoff has ended. */
  give(item: T, taken: () => void): void;
  /** Ends the iteration, after the item that still waits. */
  end(): void;
  /** Drops the item that waits and makes the iteration throw. */
  fail(error: Error): void;
}

/** A {@link Handoff}: at most one item waits in it, while the producer waits for its callback. */
function handoff<T>(): Handoff<T> {
  let waiting: { readonly item: T; readonly taken: () => void } | undefined;
  let wake: () => void = () => undefined;
  let isOver = false;
  let failure: Error | undefined;

  const give = (item: T, taken: () => void): void => {
    if (isOver) return taken();
    waiting = { item, taken };
    wake();
  };
  const end = (): void => {
    isOver = true;
    wake();
  };
  const fail = (error: Error): void => {
    failure = error;
    end();
  };
  const items = async function* (): AsyncGenerator<T> {
    try {
      for (;;) {
        while (waiting === undefined && !isOver) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (failure !== undefined) throw failure;
        if (waiting === undefined) return;
        const { item, taken } = waiting;
        waiting = undefined;
        taken();
        yield item;
      }
    } finally {
      isOver = true;
      waiting?.taken();
    }
  };
  return { give, end, fail, [Symbol.asyncIterator]: items };
}
