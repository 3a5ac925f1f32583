import { Worker } from 'node:worker_threads';
import type { ParquetAnswer, ParquetCalls } from './parquet-messages.ts';

/** parquet-wasm in a thread of its own, for one file: it decodes for long, and a damaged file kills its thread. */
export interface ParquetWorker {
  /**
   * Asks one question; the one before must be answered. Bytes in it are moved, not copied: they must be the caller's own.
   *
   * @throws the worker's error, with `code` and `syscall` where it is the file system's, or what killed the thread; on an abort some error, so look at the signal.
   */
  call<Kind extends keyof ParquetCalls>(
    kind: Kind,
    question: ParquetCalls[Kind]['question'],
  ): Promise<ParquetCalls[Kind]['answer']>;
  /** Ends the thread, whatever it does; its files are closed. */
  end(): Promise<void>;
}

interface Settle {
  resolve(answer: never): void;
  reject(error: unknown): void;
}

/** Starts a worker; on the signal's abort it ends by itself. */
export function startParquetWorker(signal?: AbortSignal): ParquetWorker {
  signal?.throwIfAborted();
  const worker = new Worker(new URL('./parquet-worker.js', import.meta.url), {
    name: 'toedit parquet',
    // A panic is printed by the thread that dies of it, and reported here as an error.
    stderr: true,
    stdout: true,
  });
  let pending: Settle | undefined;
  let death: Error | undefined;
  const die = (cause: Error): void => {
    death ??= cause;
    pending?.reject(death);
    pending = undefined;
  };
  const abort = (): void => {
    die(new Error('aborted', { cause: signal?.reason }));
    void worker.terminate();
  };
  worker.on('message', (message: ParquetAnswer) => {
    const settle = pending;
    pending = undefined;
    if ('failure' in message) settle?.reject(Object.assign(message.failure, message.system));
    else settle?.resolve(message.answer as never);
  });
  // What the thread has said before its end comes after the error and before the exit.
  let killer: Error | undefined;
  worker.on('error', (error) => {
    killer = error;
  });
  worker.on('exit', () => die(killer ?? ended()));
  signal?.addEventListener('abort', abort, { once: true });
  return {
    call: (kind, question) =>
      new Promise((resolve, reject) => {
        if (death !== undefined) return reject(death);
        pending = { resolve, reject };
        worker.postMessage({ kind, question }, buffersOf(question));
      }),
    end: async () => {
      signal?.removeEventListener('abort', abort);
      await worker.terminate();
    },
  };
}

function ended(): Error {
  return Object.assign(new Error('the Parquet worker has ended'), { code: 'ERR_WORKER_ENDED' });
}

function buffersOf(question: object | null): ArrayBuffer[] {
  return question !== null && 'batch' in question && question.batch instanceof Uint8Array
    ? [question.batch.buffer as ArrayBuffer]
    : [];
}
