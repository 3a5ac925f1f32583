import type { LineLimits } from '../../src/json/split-lines.ts';
import { mostLineBytes } from '../../src/json/split-lines.ts';
import type { CorpusOptions } from '../stages/corpus-options.ts';

/** A byte of a text has six in JSON at most (`\u0001`). */
const mostEscapedBytes = 6;

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
  if (maxTextBytes === undefined) return { maxLineBytes: mostLineBytes, longLines };
  const maxLineBytes = Math.max(8 * 2 ** 20, mostEscapedBytes * maxTextBytes + 2 ** 20);
  return { maxLineBytes: Math.min(mostLineBytes, maxLineBytes), longLines };
}
