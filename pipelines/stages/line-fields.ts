import type { Field } from 'apache-arrow';
import { type ReadJsonlOptions, readJsonl } from '../../operators/formats/read-jsonl.ts';
import { inferFields } from '../../operators/spread-fields.ts';
import { takeRows } from '../../operators/take-rows.ts';
import type { CorpusOptions } from './corpus-options.ts';
import { textOptionsOf } from './text-rows.ts';

/** Resolves with the columns that lines become; they are read once. */
export type LineFields = () => Promise<readonly Field[]>;

/** Lines, and how they are read. */
export interface ReadLines {
  /** What messages call them. */
  readonly name: string;
  readonly bytes: () => AsyncIterable<Uint8Array>;
  readonly reading: (options: CorpusOptions) => ReadJsonlOptions;
}

/**
 * The columns that the lines of a file become in another format; null where each stays whole, in one column.
 *
 * All rows are looked at, before any is scored: so the types do not depend on which rows come first, and nothing is computed of a file
 * that cannot be written.
 */
export function lineFields(
  { name, bytes, reading }: ReadLines,
  options: CorpusOptions,
): LineFields | null {
  const { jsonFields = 'columns', limit, onBadRow } = options;
  if (jsonFields === 'line') return null;
  let found: Promise<readonly Field[]> | undefined;
  return () => {
    const source = readJsonl(bytes(), { ...reading(options), columns: [], name });
    found ??= inferFields(limit === undefined ? source : takeRows(limit)(source), {
      name,
      mixed: jsonFields === 'text' ? 'text' : 'fail',
      onlyTexts: onBadRow === 'dead-letter',
      texts: textOptionsOf(options),
    });
    return found;
  };
}
