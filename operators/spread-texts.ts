import type { RecordBatch } from 'apache-arrow';
import { textColumn } from '../src/arrow/text-column.ts';
import { ToeditError } from '../src/errors.ts';
import type { Operator, Source } from '../src/operator.ts';
import { type OptionNames, requireNames } from '../src/options.ts';
import { pathSearch } from '../src/texts/path-search.ts';
import { type RowTexts, rowTexts, textRowsOf } from '../src/texts/row-texts.ts';
import { textRowNames } from '../src/texts/text-rows.ts';
import { anySelection, type TextOptions, type TextSelection } from '../src/texts/text-selection.ts';

/** Options of {@link spreadTexts} and {@link editTexts}. */
export interface SpreadTextsOptions extends TextOptions {
  /** What errors call the rows. @defaultValue 'the input' */
  readonly name?: string | undefined;
}

const textOptionNames: OptionNames<SpreadTextsOptions> = {
  name: true,
  textColumn: true,
  roles: true,
  roleField: true,
  keyColumn: true,
  keyPlaces: true,
};

/**
 * Makes text rows of rows: a row for each text, by rows, then by the paths as given, then by places. `text` (Binary) is the text;
 * `text_row` (Int64) the row, from 0, that it lies in; `text_path` (Int32) which of the paths leads to it; `text_item` (Int32) which text
 * of that path it is in its row, whatever their roles; `text_place` (Utf8) its place, such as `messages[3].content`; `text_reason` why there is
 * none. With `keyColumn` or `keyPlaces` there is `text_key` (Binary), which `resampleTokens` takes as `keyColumn`: the key, and its place
 * where a row may have more than one text. A row without any text has one that is null.
 *
 * @throws ToeditError `BAD_OPTION` at once; from the stream `COLUMN_MISSING`, also where a path leads nowhere in the first 256 MiB, or
 *   `COLUMN_TYPE`.
 */
export function spreadTexts(options: SpreadTextsOptions = {}): Operator {
  requireNames('spreadTexts', options, textOptionNames);
  const selected = { selection: anySelection(options), name: options.name ?? 'the input' };
  return async function* spreadTexts(source, { signal } = {}) {
    for await (const { rows } of textRowsIn(source, selected)) {
      signal?.throwIfAborted();
      yield rows;
    }
  };
}

interface SpreadBatch {
  readonly texts: RowTexts;
  readonly rows: RecordBatch;
}

interface Selected {
  readonly selection: TextSelection;
  readonly name: string;
}

async function* textRowsIn(
  source: Source,
  { selection, name }: Selected,
): AsyncGenerator<SpreadBatch, void> {
  const search = pathSearch(selection, name);
  let firstRow = 0;
  for await (const batch of source) {
    const texts = rowTexts(batch, selection, search.found);
    yield { texts, rows: textRowsOf(batch, texts, { selection, firstRow }) };
    search.see(batch);
    firstRow += batch.numRows;
  }
  search.end();
}

/**
 * Runs operators over the texts of rows, and puts what becomes of the texts back: each is a row of its own there ({@link spreadTexts}), in its
 * column `text`. Everything else of a row stays; lines of JSON keep every byte outside the strings that changed.
 *
 * @param operator - gives as many rows as it gets, in their order; columns that it adds go.
 * @throws ToeditError as `spreadTexts`; `ROWS_LOST` where the operator gives another number of rows; its own errors.
 */
export function editTexts(operator: Operator, options: SpreadTextsOptions = {}): Operator {
  requireNames('editTexts', options, textOptionNames);
  const selected = { selection: anySelection(options), name: options.name ?? 'the input' };
  return async function* editTexts(source, stage) {
    const waiting: SpreadBatch[] = [];
    const edited = operator(noted(source, selected, waiting), stage);
    let rows: RecordBatch[] = [];
    let taken = 0;
    for await (const batch of edited) {
      rows.push(batch);
      taken += batch.numRows;
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        const { length } = next.texts.texts;
        if (length > taken) break;
        waiting.shift();
        const [own, rest] = cut(rows, length);
        yield withTexts(next, own);
        rows = rest;
        taken -= length;
      }
    }
    if (waiting.length > 0 || taken > 0) throw rowsLost();
  };
}

async function* noted(source: Source, selected: Selected, waiting: SpreadBatch[]): Source {
  for await (const spread of textRowsIn(source, selected)) {
    waiting.push(spread);
    yield spread.rows;
  }
}

/** The first rows of batches, and the others. */
function cut(
  batches: readonly RecordBatch[],
  length: number,
): readonly [own: RecordBatch[], rest: RecordBatch[]] {
  const own: RecordBatch[] = [];
  const rest: RecordBatch[] = [];
  let left = length;
  for (const batch of batches) {
    const end = Math.min(left, batch.numRows);
    if (end > 0) own.push(batch.slice(0, end));
    if (end < batch.numRows) rest.push(batch.slice(end, batch.numRows));
    left -= end;
  }
  return [own, rest];
}

function withTexts({ texts }: SpreadBatch, rows: readonly RecordBatch[]): RecordBatch {
  const edited = rows.flatMap((part) => {
    const text = textColumn(part, textRowNames.text);
    return Array.from({ length: part.numRows }, (_, row) =>
      text.isNull(row) ? null : text.bytes(row),
    );
  });
  return texts.replace(edited, false);
}

function rowsLost(): ToeditError {
  return new ToeditError(
    'ROWS_LOST',
    'the operators gave another number of texts than they got: give editTexts operators that keep every row',
  );
}
