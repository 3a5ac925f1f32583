import { type MessagePort, Worker } from 'node:worker_threads';

/** Requests to a worker thread that answers each message with one message, in order. */
export interface Asking<Request, Answer> {
  /** The worker's next message that belongs to no request: what it posts of itself when it starts. */
  first(): Promise<Answer>;
  ask(request: Request): Promise<Answer>;
  /** Rejects waiting requests, asks the thread to end, and waits until it has. */
  close(): Promise<void>;
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts a worker thread and pairs requests with answers. A worker that dies rejects all that wait and all that come
 * later. For threads that run native code; those that may be terminated, `startParquetThread` starts.
 *
 * @param name - what errors call it
 */
export function askWorker<Request, Answer>(
  module: URL,
  settings: unknown,
  name: string,
): Asking<Request, Answer> {
  const closing = new Int32Array(new SharedArrayBuffer(4));
  const workerData: WorkerStart<unknown> = { settings, closing };
  const worker = new Worker(module, { workerData });
  const waiting: Waiting<Answer>[] = [];
  let ended: Error | null = null;
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      end(new Error(`the ${name} worker ended with code ${String(code)}`));
      resolve();
    });
  });
  worker.on('message', (answer: Answer) => waiting.shift()?.resolve(answer));
  worker.on('error', end);
  const first = (): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (ended === null) waiting.push({ resolve, reject });
      else reject(ended);
    });
  return {
    first,
    ask(request) {
      const answer = first();
      worker.postMessage(request);
      return answer;
    },
    async close() {
      end(new Error(`the ${name} worker was closed`));
      Atomics.store(closing, 0, 1);
      worker.postMessage(endOfWork);
      await exited;
    },
  };
}

/** What `askWorker` hands to a worker thread as its `workerData`. */
export interface WorkerStart<Settings> {
  readonly settings: Settings;
  /** Not 0 once nobody waits for answers any more. */
  readonly closing: Int32Array;
}

/**
 * The message that asks a worker to end by itself once the work under way is done: a worker that is terminated while
 * native code runs for it takes the whole process down.
 */
const endOfWork = 'end of work';

/** How a worker answers. */
export interface Answering<Request> {
  readonly closing: Int32Array;
  /** Posts the answer to a request; must not reject. */
  answer(request: Request): Promise<void>;
  /** Releases what the worker holds. */
  end(): Promise<void>;
}

/** The worker's side of `askWorker`: answers requests one after the other, and ends when it is asked to. */
export function answerRequests<Request>(port: MessagePort, answering: Answering<Request>): void {
  let previous: Promise<void> = Promise.resolve();
  const finish = async (): Promise<void> => {
    await answering.end();
    port.close();
  };
  port.on('message', (message: Request | typeof endOfWork) => {
    previous = previous.then(() => {
      if (message === endOfWork) return finish();
      return Atomics.load(answering.closing, 0) === 0 ? answering.answer(message) : undefined;
    });
  });
}
