import type { RecordBatch } from 'apache-arrow';
import { columnOf, requireAbsent, withColumns } from '../src/arrow/columns.ts';
import { textColumn } from '../src/arrow/text-column.ts';
import { columnNames } from '../src/columns.ts';
import { ToeditError } from '../src/errors.ts';
import type { Operator, Source } from '../src/operator.ts';
import { requireNames } from '../src/options.ts';
import { recordRows, takeRowsOf } from '../src/record/read-record.ts';
import { rowPlaces } from '../src/texts/text-rows.ts';

/** Options of {@link joinScores}. */
export interface JoinScoresOptions {
  /** What errors call the input. */
  readonly file: string;
  /** Row of the file that the source begins with; the scores begin there, too. @defaultValue 0 */
  readonly firstRow?: number | undefined;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
}

const added = [
  columnNames.tokenIds,
  columnNames.passReason,
  columnNames.tokenLogprobs,
  columnNames.candidates,
] as const;

/**
 * Adds what `tokenize` and `scoreTokens` added when the corpus was scored, as `recordScores` kept it: `token_ids`, `pass_reason`,
 * `token_logprobs` and `candidates`. Each row meets its row of the scores, which holds a hash of the text.
 *
 * @param scores - as many rows as the source has, or more.
 * @throws ToeditError `INPUT_CHANGED` where a text is not the one that was scored; `COLUMN_MISSING` where no candidates were kept;
 *   `COLUMN_EXISTS`; `ROWS_LOST` where the scores end before the source.
 */
export function joinScores(scores: Source, options: JoinScoresOptions): Operator {
  requireNames('joinScores', options, { file: true, firstRow: true, textColumn: true });
  const { file, firstRow = 0, textColumn: name = 'text' } = options;
  return async function* joinScores(source, { signal } = {}) {
    await using rows = takeRowsOf(scores);
    let row = firstRow;
    for await (const batch of source) {
      signal?.throwIfAborted();
      requireAbsent(batch, added);
      const taken = await rows.take(batch.numRows);
      if (taken === null) throw endsEarly(file, row + batch.numRows);
      requireSameTexts(batch, taken, { name, file, row });
      yield withColumns(
        batch,
        added.map((column) => columnOf(taken, column)),
      );
      row += batch.numRows;
    }
  };
}

function requireSameTexts(
  batch: RecordBatch,
  taken: RecordBatch,
  { name, file, row }: { readonly name: string; readonly file: string; readonly row: number },
): void {
  const text = textColumn(batch, name);
  const scored = recordRows(taken);
  for (let at = 0; at < batch.numRows; at++) {
    if (scored.isText(at, text.isNull(at) ? null : text.bytes(at))) continue;
    const places = rowPlaces(batch, row);
    throw new ToeditError(
      'INPUT_CHANGED',
      `${file}: the text of ${places.words(at)} is not the one that was scored; put the file back as it was, or score it again`,
      { place: { file, row: places.row(at) } },
    );
  }
}

function endsEarly(file: string, rows: number): ToeditError {
  return new ToeditError(
    'ROWS_LOST',
    `${file}: it has more rows (${rows}) than its score file; score it again`,
    { place: { file } },
  );
}
