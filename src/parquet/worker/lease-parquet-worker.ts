import { setTimeout as sleep } from 'node:timers/promises';
import { startWorker, type WorkerThread } from '../../worker-protocol.ts';
import type { ParquetCalls } from './parquet-messages.ts';

/** parquet-wasm in a thread of its own, for one file at a time: it decodes for long, and a damaged file kills its thread. */
export interface ParquetWorker {
  /**
   * Asks one question; the one before must be answered. Bytes in it are moved, not copied: they must be the caller's own.
   *
   * @throws as `WorkerThread.call`; on an abort some error, so look at the signal.
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
const idle: WorkerThread<ParquetCalls>[] = [];
/** As many as a run reads and writes at once; each keeps its WebAssembly memory, which never shrinks. */
const maxIdle = 2;
const maxIdleBytes = 64 * 2 ** 20;
const defaultAnswerMs = 120_000;
const longestOpenMs = 1000;
/** The calls for which the thread opens a file. */
const opens: ReadonlySet<keyof ParquetCalls> = new Set(['open', 'create', 'finish']);
const module = new URL('./parquet-worker.js', import.meta.url);

/** Takes a thread that is idle, or starts one. One that failed, was aborted, left a file half read, or grew large is not used again. */
export function leaseParquetWorker(options: ParquetWorkerOptions = {}): ParquetWorker {
  const { signal, answerMs = defaultAnswerMs } = options;
  signal?.throwIfAborted();
  const thread = takeIdle() ?? startWorker<ParquetCalls>(module, { name: 'Parquet', code: 'wasm' });
  let isSound = true;
  let isAnswered = true;
  let opening: Promise<unknown> = Promise.resolve();
  // A file that a thread opens while it is terminated stays open in the process: that is waited for.
  const abort = async (): Promise<void> => {
    const late = sleep(longestOpenMs, undefined, { ref: false });
    await Promise.race([opening.catch(() => undefined), late]);
    await thread.close(new Error('aborted', { cause: signal?.reason }));
  };
  const onAbort = (): void => void abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const call: ParquetWorker['call'] = async (kind, question) => {
    isAnswered = false;
    try {
      const transfer = buffersOf(question);
      const answering = thread.call(kind, question, { transfer, silenceMs: answerMs });
      if (opens.has(kind)) opening = answering;
      const answer = await answering;
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
      signal?.removeEventListener('abort', onAbort);
      if (isFree && thread.isAlive() && idle.length < maxIdle) idle.push(thread);
      else await thread.close();
    },
  };
}

/** How many threads wait for a file. */
export function idleParquetWorkers(): number {
  return idle.filter((thread) => thread.isAlive()).length;
}

function takeIdle(): WorkerThread<ParquetCalls> | undefined {
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
