import { exitCodes } from './exit-codes.ts';

/** Turns signals of the process into an end in good order. */
export interface Interruption extends Disposable {
  /** Aborted by the first SIGINT, SIGTERM or SIGUSR1. */
  readonly stop: AbortSignal;
  /** Aborted where a SIGTERM's time of grace is over. */
  readonly signal: AbortSignal;
}

// npm passes the terminal's SIGINT on to its child, which then gets one key press twice.
const samePressMs = 500;

/**
 * Listens until disposed. The first signal asks for a stop. A scheduler that sends SIGTERM follows it with SIGKILL: what is not
 * done `graceMs` later is given up. A second SIGINT exits at once, whatever is still open.
 */
export function listenForInterruption(graceMs: number): Interruption {
  const stop = new AbortController();
  const abort = new AbortController();
  let pressedAt: number | undefined;
  let grace: NodeJS.Timeout | undefined;
  const interrupt = (name: NodeJS.Signals): void => {
    stop.abort(new Error(`interrupted by ${name}`));
    if (name === 'SIGTERM') grace ??= setTimeout(() => abort.abort(stop.signal.reason), graceMs);
    if (name !== 'SIGINT') return;
    pressedAt ??= performance.now();
    if (performance.now() - pressedAt > samePressMs) process.exit(exitCodes.interrupted);
  };
  for (const name of signals) process.on(name, interrupt);
  return {
    stop: stop.signal,
    signal: abort.signal,
    [Symbol.dispose]: () => {
      clearTimeout(grace);
      for (const name of signals) process.off(name, interrupt);
    },
  };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const;
