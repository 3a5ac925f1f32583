import { Worker } from 'node:worker_threads';
import type { ParquetAnswer, ParquetCalls } from './parquet-messages.ts';

/** A Parquet thread for one file at a time. */
export interface ParquetWorker {
  /**
   * Asks one question; the one before must be answered. Bytes in it are moved, not copied: they must be the caller's own.
   *
   * @throws as `ParquetThread.ask`; on an abort some error, so look at the signal.
   */
  call<Kind extends keyof ParquetCalls>(
    kind: Kind,
    question: ParquetCalls[Kind]['question'],
  ): Promise<ParquetCalls[Kind]['answer']>;
  /** Gives the thread back, or ends it where it was not done; its files are closed. */
  end(): Promise<void>;
}

/** Options of {@link leaseParquetWorker}. */
export interface ParquetWorkerOptions {
  /** Ends the thread on its abort. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may neither answer nor read or write anything. @defaultValue 120000 */
  readonly answerMs?: number | undefined;
}

/**
 * Threads that wait for the next file. They are the process's, as libuv's are: a caller that reads a single file has no handle to
 * hold them by, no result depends on them, and the process does not wait for them. A thread costs 0.13 s of processor time,
 * most of a small file's.
 */
const idle: ParquetThread[] = [];
/** As many as a run reads and writes at once; each keeps its WebAssembly memory, which never shrinks. */
const maxIdle = 2;
const maxIdleBytes = 64 * 2 ** 20;
const defaultAnswerMs = 120_000;

/** Takes a thread that is idle, or starts one. One that failed, was aborted, left a file half read, or grew large is not used again. */
export function leaseParquetWorker(options: ParquetWorkerOptions = {}): ParquetWorker {
  const { signal, answerMs = defaultAnswerMs } = options;
  signal?.throwIfAborted();
  const thread = takeIdle() ?? startParquetThread();
  thread.hold(true);
  let isSound = true;
  let isAnswered = true;
  const abort = (): void => void thread.end(new Error('aborted', { cause: signal?.reason }));
  signal?.addEventListener('abort', abort, { once: true });
  const call: ParquetWorker['call'] = async (kind, question) => {
    isAnswered = false;
    try {
      const answer = await thread.ask(kind, question, answerMs);
      isAnswered = true;
      return answer;
    } catch (error) {
      isSound = false;
      throw error;
    }
  };
  return {
    call,
    end: async () => {
      const isFree = isSound && isAnswered && thread.isAlive() && (await isClean(call));
      signal?.removeEventListener('abort', abort);
      if (isFree && thread.isAlive() && idle.length < maxIdle) {
        thread.hold(false);
        idle.push(thread);
      } else await thread.end(new Error('the Parquet worker was given back'));
    },
  };
}

/** How many threads wait for a file. */
export function idleParquetWorkers(): number {
  return idle.filter((thread) => thread.isAlive()).length;
}

function takeIdle(): ParquetThread | undefined {
  for (;;) {
    const thread = idle.pop();
    if (thread === undefined || thread.isAlive()) return thread;
  }
}

async function isClean(call: ParquetWorker['call']): Promise<boolean> {
  try {
    const { isDone, memoryBytes } = await call('close', null);
    return isDone && memoryBytes <= maxIdleBytes;
  } catch {
    return false;
  }
}

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

/** A refusal of the file system, or an end of the thread that the file has not brought about. */
export function isOfMachine(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return 'syscall' in cause || ('code' in cause && /^ERR_WORKER_/.test(String(cause.code)));
}
