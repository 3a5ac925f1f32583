import type { RecordBatch } from 'apache-arrow';
import { textColumn } from '../src/arrow/text-column.ts';
import type { Excerpt } from '../src/metrics/summary.ts';
import type { Operator } from '../src/operator.ts';
import { excerptOf, firstPassage, type Passage } from '../src/record/excerpts.ts';
import { editLists } from '../src/resampling/edits.ts';
import type { TokenBytes } from '../src/text/token-bytes.ts';
import { hasTextPlaces, textPlaces } from '../src/texts/text-rows.ts';

/** Settings of {@link collectExcerpts}. */
export interface CollectExcerptsOptions {
  /** What the excerpts name as their file. */
  readonly file: string;
  /** How many `excerpts` may hold. */
  readonly limit: number;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** The row of the file that the stream begins with. @defaultValue 0 */
  readonly firstRow?: number | undefined;
}

/**
 * Notes passages that are about to be edited, before and after, until `excerpts` holds the limit: one a row, around its
 * first edit. Stands between `resampleTokens` and `applyEdits`. Batches pass unchanged.
 */
export function collectExcerpts(
  prior: { readonly tokenBytes: TokenBytes },
  excerpts: Excerpt[],
  options: CollectExcerptsOptions,
): Operator {
  const { file, limit } = options;
  return async function* collectExcerpts(source) {
    let firstRow = options.firstRow ?? 0;
    for await (const batch of source) {
      const places = hasTextPlaces(batch) ? textPlaces(batch) : undefined;
      for (const { row: at, bytes, edits } of editedRows(batch, prior, options)) {
        if (excerpts.length >= limit) break;
        const passage = firstPassage({ bytes, edits });
        const row = places?.row(at) ?? firstRow + at;
        const place = places && { place: places.place(at) };
        excerpts.push({ file, row, ...place, ...excerptOf(passage) });
      }
      firstRow += batch.numRows;
      yield batch;
    }
  };
}

function* editedRows(
  batch: RecordBatch,
  { tokenBytes }: { readonly tokenBytes: TokenBytes },
  options: CollectExcerptsOptions,
): Generator<Passage & { readonly row: number }> {
  const text = textColumn(batch, options.textColumn ?? 'text');
  const editsOf = editLists(batch);
  for (let row = 0; row < batch.numRows; row++) {
    const edits = editsOf(row).map(({ byteOffset, oldId, newId }) => ({
      byteOffset,
      oldBytes: tokenBytes.bytes(oldId),
      newBytes: newId === null ? new Uint8Array(0) : tokenBytes.bytes(newId),
    }));
    if (edits.length > 0) yield { row, bytes: text.bytes(row), edits };
  }
}
