import { exitCodes } from './exit-codes.ts';

/** Turns SIGINT and SIGTERM into an abort. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

// npm passes the terminal's SIGINT on to its child, which then gets one key press twice.
const samePressMs = 500;

/** Listens until disposed. The first signal aborts; a later one exits at once, whatever is still open. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const interrupt = (name: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      controller.abort(new Error(`interrupted by ${name}`));
    } else if (performance.now() - firstAt > samePressMs) {
      process.exit(exitCodes.interrupted);
    }
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    },
  };
}
