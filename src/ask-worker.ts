import type { Worker } from 'node:worker_threads';

/** Requests to a worker thread that answers each message with one message, in order. */
export interface Asking<Request, Answer> {
  /** The worker's next message that belongs to no request: what it posts of itself when it starts. */
  first(): Promise<Answer>;
  ask(request: Request): Promise<Answer>;
  /** Ends the thread; waiting requests are rejected. */
  close(): Promise<void>;
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Pairs requests with answers; a worker that dies rejects all that wait and all that come later. */
export function askWorker<Request, Answer>(worker: Worker, name: string): Asking<Request, Answer> {
  const waiting: Waiting<Answer>[] = [];
  let ended: Error | null = null;
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  worker.on('message', (answer: Answer) => waiting.shift()?.resolve(answer));
  worker.on('error', end);
  worker.on('exit', (code) => {
    end(new Error(`the ${name} worker ended with code ${String(code)}`));
  });
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
      await worker.terminate();
    },
  };
}
