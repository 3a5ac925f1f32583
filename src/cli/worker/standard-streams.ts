import type { WorkerStreams } from '../../../pipelines/worker/serve-streams.ts';
import { exitCodes } from '../exit-codes.ts';

/** The process's standard input and output, for as long as there is someone at their other ends. */
export interface StandardStreams extends WorkerStreams, Disposable {
  /** Aborted where the parent process has ended, nobody reads standard output any more, or the interruption comes. */
  readonly signal: AbortSignal;
}

/** How often it is looked whether the parent process has ended: others that have its pipes may outlive it. */
const watchMs = 1000;
/** How long work under way, or a write that nobody takes, may keep the process once it is to end. */
const graceMs = 5000;

/** Opens the streams of a worker. Standard input ends with the signal. */
export function openStandardStreams(interruption: AbortSignal): StandardStreams {
  const { stdin, stdout, ppid } = process;
  const gone = new AbortController();
  const signal = AbortSignal.any([interruption, gone.signal]);
  const watch = setInterval(() => {
    if (process.ppid !== ppid) gone.abort(new Error('the parent process has ended'));
  }, watchMs).unref();
  const end = (): void => {
    stdin.destroy();
    setTimeout(() => process.exit(exitCodes.interrupted), graceMs).unref();
  };
  signal.addEventListener('abort', end);
  return {
    signal,
    input: untilAborted(stdin, signal),
    write: (bytes) => written(stdout, bytes, gone, signal),
    [Symbol.dispose]: () => {
      clearInterval(watch);
      signal.removeEventListener('abort', end);
      stdin.destroy();
    },
  };
}

async function* untilAborted(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* input;
  } catch (error) {
    // Destroyed: see `end`.
    if (!signal.aborted) throw error;
  }
}

function written(
  stdout: NodeJS.WriteStream,
  bytes: Uint8Array,
  gone: AbortController,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    stdout.write(bytes, (error) => {
      signal.removeEventListener('abort', abort);
      if (error === null || error === undefined) return resolve();
      const closed = new Error('nobody reads standard output any more', { cause: error });
      gone.abort(closed);
      reject(closed);
    });
  });
}
