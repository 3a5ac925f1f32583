import { Worker } from 'node:worker_threads';
import type { ParquetAnswer, ParquetCalls } from './parquet-messages.ts';

/**
 * parquet-wasm in a thread of its own: it decodes for long, and a damaged file kills its thread.
 *
 * It is no `askWorker`, whose threads run native code: those must never be terminated, and end when they are asked to. This
 * one is terminated whenever it is silent, aborted or left in the middle of a file, answers one question at a time, gives
 * signs of life in between, and outlives its user to be lent again. What both would share is a `Worker` and two listeners.
 */
export interface ParquetThread {
  /**
   * Asks one question; the one before must be answered. Bytes in it are moved, not copied: they must be the caller's own.
   *
   * @param answerMs - how long the thread may neither answer nor read or write anything; then it is ended.
   * @throws the thread's error, with `code` and `syscall` where it is the file system's, or what killed it.
   */
  ask<Kind extends keyof ParquetCalls>(
    kind: Kind,
    question: ParquetCalls[Kind]['question'],
    answerMs: number,
  ): Promise<ParquetCalls[Kind]['answer']>;
  isAlive(): boolean;
  /** True where the process is to wait for it. */
  hold(isHeld: boolean): void;
  /** Ends the thread, whatever it does; its files are closed, and what was asked is rejected. */
  end(cause: Error): Promise<void>;
}

interface Pending {
  resolve(answer: never): void;
  reject(error: unknown): void;
  /** Counts the time anew. */
  progress(): void;
}

/** Starts a thread that answers {@link ParquetCalls}. */
export function startParquetThread(): ParquetThread {
  const worker = new Worker(new URL('./parquet-worker.js', import.meta.url), {
    name: 'toedit parquet',
    // A panic is printed by the thread that dies of it, and reported here as an error.
    stderr: true,
    stdout: true,
  });
  let pending: Pending | undefined;
  let death: Error | undefined;
  const die = (cause: Error): void => {
    death ??= cause;
    pending?.reject(death);
    pending = undefined;
  };
  worker.on('message', (message: ParquetAnswer) => {
    if ('progress' in message) return pending?.progress();
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
  const end = async (cause: Error): Promise<void> => {
    die(cause);
    await worker.terminate();
  };
  return {
    ask: (kind, question, answerMs) =>
      new Promise((resolve, reject) => {
        if (death !== undefined) return reject(death);
        const watch = watchFor(answerMs, () => void end(silent(answerMs)));
        pending = watched(watch, resolve, reject);
        worker.postMessage({ kind, question }, buffersOf(question));
      }),
    isAlive: () => death === undefined,
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    end,
  };
}

interface Watch {
  restart(): void;
  stop(): void;
}

function watched(
  watch: Watch,
  resolve: (answer: never) => void,
  reject: (error: unknown) => void,
): Pending {
  return {
    resolve: (answer) => {
      watch.stop();
      resolve(answer);
    },
    reject: (error) => {
      watch.stop();
      reject(error);
    },
    progress: () => watch.restart(),
  };
}

const watchTicks = 8;

/** Calls once the time has passed since the last restart; while the process is stopped, no time passes. */
function watchFor(ms: number, call: () => void): Watch {
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks < watchTicks) return;
    clearInterval(timer);
    call();
  }, ms / watchTicks);
  return {
    restart: () => {
      ticks = 0;
    },
    stop: () => clearInterval(timer),
  };
}

function silent(answerMs: number): Error {
  const seconds = answerMs / 1000;
  return new Error(`the Parquet library has given no sign for ${seconds} s`);
}

function ended(): Error {
  return Object.assign(new Error('the Parquet worker has ended'), { code: 'ERR_WORKER_ENDED' });
}

function buffersOf(question: object | null): ArrayBuffer[] {
  return question !== null && 'batch' in question && question.batch instanceof Uint8Array
    ? [question.batch.buffer as ArrayBuffer]
    : [];
}
