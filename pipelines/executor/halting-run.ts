import { setMaxListeners } from 'node:events';
import { isRetryable } from '../../src/errors.ts';
import type { UnitReport } from '../../src/run/ledger/ledger-entry.ts';
import type { RunOptions } from '../corpus-options.ts';

/** What ends a run before its tasks are at their end. */
export interface HaltingRun {
  /** No further task is begun once this is aborted: by a stop, too many bad files, or an error. */
  readonly halt: AbortSignal;
  /** All work ends at once: by the caller's signal, or an error of the whole run, which is the reason. */
  readonly signal: AbortSignal;
  /** Runs an attempt; its error ends all others. */
  guard<T>(attempt: () => Promise<T>): Promise<T>;
  /** Told of the units of each task that ends. */
  onEnd(units: readonly UnitReport[]): void;
}

/** The signals of a run. */
export function haltingRun({ stop, signal, maxBadFiles }: RunOptions): HaltingRun {
  const failure = new AbortController();
  const enough = new AbortController();
  const ends = AbortSignal.any([failure.signal, ...(signal === undefined ? [] : [signal])]);
  let badFiles = 0;
  const halt = AbortSignal.any([ends, enough.signal, ...(stop === undefined ? [] : [stop])]);
  // Every file in flight listens, which Node takes for a leak from the eleventh on.
  setMaxListeners(0, ends, halt, ...(stop === undefined ? [] : [stop]));
  return {
    halt,
    signal: ends,
    async guard(attempt) {
      try {
        return await attempt();
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    },
    onEnd(units) {
      badFiles += units.filter(isBad).length;
      if (maxBadFiles !== undefined && badFiles > maxBadFiles) enough.abort();
    },
  };
}

function isBad({ status, error }: UnitReport): boolean {
  return status === 'failed' && !isRetryable(error?.code ?? '');
}
