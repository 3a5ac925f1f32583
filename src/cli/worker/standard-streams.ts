import type { WorkerStreams } from '../../../pipelines/worker/serve-streams.ts';
import { messageOf } from '../../errors.ts';
import type { WorkContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** The process's standard input and output, for as long as there is someone at their other ends. */
interface StandardStreams extends WorkerStreams, Disposable {
  /** Aborted where the parent process has ended, nobody reads standard output any more, or the interruption comes. */
  readonly signal: AbortSignal;
}

/** How often it is looked whether the parent process has ended: others that have its pipes may outlive it. */
const watchMs = 1000;
/** How long work under way, or a write that nobody takes, may keep the process once it is to end. */
const graceMs = 5000;

/** What work on the standard streams is called with beside them. */
type Hooks = Pick<WorkContext, 'signal' | 'hub'> & { readonly onNotice: WorkContext['notice'] };

/** Works on the standard streams. Resolves with null where those at their other ends have gone, which is said in a notice. */
export async function throughStandardStreams<Report>(
  { signal: interruption, notice, hub }: WorkContext,
  work: (streams: WorkerStreams, hooks: Hooks) => Promise<Report>,
): Promise<Report | null> {
  using streams = openStandardStreams(interruption);
  const { signal } = streams;
  try {
    return await work(streams, { signal, hub, onNotice: notice });
  } catch (error) {
    if (interruption.aborted || !signal.aborted) throw error;
    notice(messageOf(signal.reason));
    return null;
  }
}

/** Opens the streams of a worker. Standard input ends with the signal. */
function openStandardStreams(interruption: AbortSignal): StandardStreams {
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
