import { setTimeout as sleep } from 'node:timers/promises';
import type { ToeditError } from '../errors.ts';
import { PassingFailure, storeUnreachable } from './store-errors.ts';

/** How a request is tried again. */
export interface RetryOptions {
  /** What errors name. */
  readonly file: string;
  /** The first wait, in milliseconds; each later one is twice as long. @defaultValue 500 */
  readonly retryMs?: number | undefined;
  /** How long a try may take, in milliseconds. @defaultValue 60,000 */
  readonly silenceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How often a request is tried that the network or the server failed. */
export const usualTries = 5;

/** A server may ask for so long a wait, and no longer. */
const longestWaitMs = 300_000;

/**
 * Asks a store, and again where it or the network fails for now, up to five times.
 *
 * @param ask - is called with a signal that ends this try.
 * @throws ToeditError `STORE_UNREACHABLE`; errors of `ask` that are no `PassingFailure`; the signal's reason.
 */
export async function withRetries<T>(
  { file, retryMs = 500, silenceMs = 60_000, signal }: RetryOptions,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const unreachable = (failure: PassingFailure): ToeditError =>
    storeUnreachable(file, failure.message, failure);
  return await tryAgain({ retryMs, signal, unreachable }, () => askOnce(ask, silenceMs, signal));
}

/** How often something is tried, and what it ends with. */
interface Tries {
  /** @defaultValue 5 */
  readonly tries?: number | undefined;
  /** The first wait, in milliseconds; each later one is twice as long. */
  readonly retryMs: number;
  readonly signal: AbortSignal | undefined;
  /** The error of the last failure. */
  readonly unreachable: (failure: PassingFailure) => ToeditError;
}

/**
 * Tries something, and again where it fails for now: after the wait that the server asks for, up to five minutes, or after ever longer ones.
 *
 * @throws ToeditError of `unreachable`; errors of `work` that are no `PassingFailure`; the signal's reason.
 */
export async function tryAgain<T>(
  { tries = usualTries, retryMs, signal, unreachable }: Tries,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (failure) {
      signal?.throwIfAborted();
      if (!(failure instanceof PassingFailure)) throw failure;
      const waitMs = failure.waitMs ?? retryMs * 2 ** (attempt - 1);
      if (attempt >= tries || waitMs > longestWaitMs) throw unreachable(failure);
      await sleep(waitMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** Clients of native code cannot be stopped: they are not waited for any more. */
async function askOnce<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  silenceMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  signal?.throwIfAborted();
  const silence = new AbortController();
  const timer = setTimeout(() => {
    silence.abort(new PassingFailure(`nothing came for ${silenceMs / 1000} s`));
  }, silenceMs);
  const own = signal === undefined ? silence.signal : AbortSignal.any([silence.signal, signal]);
  let end = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(own.reason as Error);
    own.addEventListener('abort', end, { once: true });
  });
  try {
    return await Promise.race([ask(own), ended]);
  } finally {
    clearTimeout(timer);
    // Or a signal that lives on would keep what every try has brought.
    own.removeEventListener('abort', end);
  }
}
