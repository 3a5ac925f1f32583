import { Binary, type RecordBatch } from 'apache-arrow';
import { columnOf, withColumns } from '../arrow/columns.ts';
import { joinTexts, textColumn, textData } from '../arrow/text-column.ts';
import { jsonLinesLayout } from '../json/json-lines-layout.ts';
import { keyColumn } from '../random/uniform-draw.ts';
import { textsOfBatch } from './arrow-texts.ts';
import { textsOfLine, withLineTexts } from './json-texts.ts';
import type { OnPath } from './text-path.ts';
import { type FoundText, type PlacedText, textless, textRowsBatch } from './text-rows.ts';
import type { TextSelection } from './text-selection.ts';

/** The rows of a record batch and the texts that lie in them. */
export interface RowTexts {
  /** How many texts each row has, one at least. */
  readonly counts: readonly number[];
  /** By rows, paths and places; rows count from the batch's first. */
  readonly texts: readonly PlacedText[];
  /**
   * The batch with other texts.
   *
   * @param texts - one for each of `texts`, null where there is none
   * @param anew - make dictionaries anew, whether their texts changed or not
   */
  replace(texts: readonly (Uint8Array | null)[], anew: boolean): RecordBatch;
}

/**
 * Finds the texts of a record batch: of JSON Lines those in its lines, of others those in its columns.
 *
 * @param onPath - called with where each path leads in each row; of columns once a batch
 * @throws ToeditError `COLUMN_MISSING`, `COLUMN_TYPE`.
 */
export function rowTexts(batch: RecordBatch, selection: TextSelection, onPath?: OnPath): RowTexts {
  const layout = jsonLinesLayout(batch.schema);
  return layout === undefined
    ? columnTexts(batch, selection, onPath)
    : lineTexts(batch, layout.line, { selection, onPath });
}

function columnTexts(batch: RecordBatch, selection: TextSelection, onPath?: OnPath): RowTexts {
  const found = textsOfBatch(batch, selection);
  for (const path of selection.paths.keys()) onPath?.(path, 'there');
  const rows = Array.from({ length: batch.numRows }, (_, row) => found.texts(row));
  return {
    ...placed(rows.map((texts) => (texts.length === 0 ? [textless('null_text')] : texts))),
    replace(texts, anew) {
      const changed = selection.paths.map(() => new Map<number, Uint8Array>());
      let at = 0;
      for (const row of rows) {
        for (const { path, cell, bytes: old } of row) {
          const bytes = texts[at++] ?? null;
          const isSame = bytes === null || (old !== null && Buffer.compare(bytes, old) === 0);
          if (!isSame) changed[path]?.set(cell, bytes);
        }
        if (row.length === 0) at++;
      }
      return found.replace(changed, anew);
    },
  };
}

function lineTexts(
  batch: RecordBatch,
  name: string,
  { selection, onPath }: { selection: TextSelection; onPath: OnPath | undefined },
): RowTexts {
  const lines = textColumn(batch, name);
  const all = Array.from({ length: batch.numRows }, (_, row) => lines.bytes(row));
  const rows = all.map((line) => textsOfLine(line, selection, onPath));
  return {
    ...placed(rows),
    replace(texts) {
      let at = 0;
      const edited = rows.map((found, row) => {
        const own = texts.slice(at, (at += found.length));
        return withLineTexts(all[row] ?? new Uint8Array(0), found, own);
      });
      const { field } = columnOf(batch, name);
      const data = textData(new Binary(), joinTexts(edited, undefined));
      return withColumns(batch, [{ field, data }]);
    },
  };
}

function placed(rows: readonly (readonly FoundText[])[]): Pick<RowTexts, 'counts' | 'texts'> {
  const texts = rows.flatMap((found, row) =>
    found.map(({ path, item, place, bytes, reason }) => ({
      path,
      item,
      place,
      bytes,
      reason,
      row,
    })),
  );
  return { counts: rows.map(({ length }) => length), texts };
}

/** No byte of UTF-8. */
const separator = Uint8Array.of(0xff);

/**
 * Text rows of the texts of a batch, with their keys where something else keys them than their own bytes.
 *
 * @param firstRow - of the batch, in its input
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE` of the key column.
 */
export function textRowsOf(
  batch: RecordBatch,
  { texts }: Pick<RowTexts, 'texts'>,
  { selection, firstRow = 0 }: { readonly selection: TextSelection; readonly firstRow?: number },
): RecordBatch {
  const { keyColumn: name, keyPlaces, isMany } = selection;
  const all = texts.map((text) => ({ ...text, row: firstRow + text.row }));
  if (name === undefined && !keyPlaces) return textRowsBatch(all);
  const keyOf = name === undefined ? () => undefined : keyColumn(batch, name);
  const keys = texts.map(({ row, bytes, place }) => {
    const key = keyOf(row);
    const hasPlace = keyPlaces || (isMany && key !== undefined);
    const own = key ?? bytes;
    return hasPlace && own !== null
      ? Buffer.concat([own, separator, Buffer.from(place)])
      : (key ?? null);
  });
  return textRowsBatch(all, keys);
}
