import type { MessagePort } from 'node:worker_threads';

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
export const endOfWork = 'end of work';

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
