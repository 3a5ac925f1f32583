import { isRetryable, isUsageCode, ToeditError } from '../../src/errors.ts';
import type { ReadResult } from './ways.ts';

/** How a case that is as it should be may end. */
export const outcomes = ['equal', 'different', 'refused'] as const;

/** What must never come of a case. */
export const faults = [
  'crash',
  'hang',
  'memory',
  'engine text',
  'foreign error',
  'retryable code',
  'unchecked',
] as const;

/** What became of a case. */
export interface Verdict {
  readonly kind: (typeof outcomes)[number] | (typeof faults)[number];
  /** What was said, or what else there is to know; empty where nothing is. */
  readonly detail: string;
}

/** Words of V8, WebAssembly, Rust's panics, Node and the decoders, which mean nothing to who has a damaged file. */
const engineText = new RegExp(
  [
    /Cannot (read|set|convert|mix|destructure|perform|access)/,
    /is not (a function|iterable|defined|a constructor|an object)/,
    /Invalid (array|typed array|string|DataView|array buffer|count|date|time)/,
    /(offset|index|access|length) (is )?out of (bounds|range)|Out of bounds|start offset of/,
    /(Range|Type|Syntax|Reference|Runtime)Error|Maximum call stack|allocation failed/,
    /\bundefined\b|\bNaN\b|\[object |\bnull \(/,
    /Unexpected (token|end of JSON)|in JSON at/,
    /panicked|unreachable|unwrap\(|called `|range (start|end) index|slice index|capacity overflow/,
    /outside the bounds|safe to convert|DecompressionError|WrongMagic|error_trace|FSE/,
    /(Parquet|Arrow) error|(EOF|External|Arrow|Index [0-9]+ out of bound): |Invalid entry|Unrecognized|Expected to read/,
    /incorrect (data|length|header) check|invalid (block|bit|code|distance|stored|zstd|literal)/,
    /cant skip|illegal tag|premature EOF|invalid (varint|end group)/,
    /ERR_[A-Z]+|\bE[A-Z]{4,}\b|node:|\n +at /,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/**
 * Judges how a mutant was read.
 *
 * @param sound - the digests of the file before it was damaged.
 * @param mayDiffer - false where a checksum covers what was changed.
 */
export function verdictOf(
  { digests, errors }: ReadResult,
  sound: readonly string[],
  mayDiffer: boolean,
): Verdict {
  const worst = errors
    .map(verdictOfError)
    .toSorted((a, b) => Number(isFault(b)) - Number(isFault(a)))[0];
  if (worst !== undefined && isFault(worst)) return worst;
  if (!mayDiffer && digests.some((digest) => !sound.includes(digest))) {
    return { kind: 'unchecked', detail: 'other rows, under a checksum' };
  }
  if (worst !== undefined) return worst;
  const isEqual = digests.length === sound.length && digests.every((each, i) => each === sound[i]);
  return { kind: isEqual ? 'equal' : 'different', detail: '' };
}

/** Judges an error that a reader has thrown. */
export function verdictOfError(error: unknown): Verdict {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (!(error instanceof ToeditError)) return { kind: 'foreign error', detail: text };
  const detail = `${error.code}: ${error.message}`;
  if (engineText.test(error.message)) return { kind: 'engine text', detail };
  if (isRetryable(error.code) && !isUsageCode(error.code))
    return { kind: 'retryable code', detail };
  return { kind: 'refused', detail };
}

/** True of what must never come of a case. */
export function isFault({ kind }: Pick<Verdict, 'kind'>): boolean {
  return (faults as readonly string[]).includes(kind);
}
