import type { LineLimits } from '../../src/json/split-lines.ts';
import { mostLineBytes } from '../../src/json/split-lines.ts';
import type { CorpusOptions } from '../stages/corpus-options.ts';

/** How much of other formats than JSON Lines may be held at once, decompressed. */
export interface PartLimits {
  /** A record batch of Arrow IPC: it is held more than once on its way. */
  readonly batchBytes: number;
  /** A page of Parquet; those of DuckDB have up to 100 MB. */
  readonly pageBytes: number;
  /** A page of Parquet that has fewer values of `maxTextBytes`, where it is decoded for another format. */
  readonly convertedPageBytes: number;
  /** A record batch of more than one row that is decoded for another format. */
  readonly convertedBatchBytes: number;
  /** What is decoded of a row group at once. */
  readonly convertedPartBytes: number;
}

/** Undefined where texts are not bounded: then there is no bound. */
export function partLimits(maxTextBytes: number | undefined): PartLimits | undefined {
  if (maxTextBytes === undefined) return undefined;
  const atLeast = (mebibytes: number): number => Math.max(mebibytes * 2 ** 20, 4 * maxTextBytes);
  return {
    batchBytes: atLeast(64),
    pageBytes: atLeast(104),
    convertedPageBytes: atLeast(16),
    convertedBatchBytes: atLeast(8),
    convertedPartBytes: atLeast(16),
  };
}

/** A byte of a text has six in JSON at most (`\u0001`). */
const mostEscapedBytes = 6;

/** Without a bound on texts: a line is looked at in one go, and signals wait for it. */
const usualLineBytes = 64 * 2 ** 20;

/**
 * How long a line of JSON may be to be held: room for a text of `maxTextBytes` however it is escaped, and 8 MiB in any case.
 * Longer ones are copied where they stay JSON Lines; in other formats a line is a value, which has to be held.
 *
 * @param output - the format that is written.
 */
export function lineLimits(
  output: NonNullable<CorpusOptions['format']>,
  maxTextBytes: number | undefined,
): Required<LineLimits> {
  const longLines = output === 'jsonl' ? 'refer' : 'refuse';
  if (maxTextBytes === undefined) return { maxLineBytes: usualLineBytes, longLines };
  const maxLineBytes = Math.max(8 * 2 ** 20, mostEscapedBytes * maxTextBytes + 2 ** 20);
  return { maxLineBytes: Math.min(mostLineBytes, maxLineBytes), longLines };
}
