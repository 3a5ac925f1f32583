import type { RunSummary } from './run-summary.ts';

/** The summary as one line of JSON; a bigint (the seed) becomes its decimal digits. */
export function serializeSummary(summary: RunSummary): string {
  return JSON.stringify(summary, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
