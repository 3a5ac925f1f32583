import { passReasonsOf } from '../arrow/pass-reason-column.ts';
import type { PassReason } from '../columns.ts';
import { ToeditError } from '../errors.ts';
import type { Source } from '../operator.ts';
import { type RecordRows, recordRows } from './read-record.ts';

/** A batch of a record, and the row of the unit that it begins with. */
export interface CursorBatch {
  readonly firstRow: number;
  readonly numRows: number;
  readonly rows: RecordRows;
  readonly reasons: readonly (PassReason | null)[];
}

/** Walks along a record, row by row; one batch is held. Rows are asked for in ascending order. */
export interface RecordCursor extends AsyncDisposable {
  /** The batch that holds the row, where it is the one that is held. */
  at(row: number): CursorBatch | undefined;
  /** @throws ToeditError `ROWS_LOST` where the record ends before. */
  advance(row: number): Promise<CursorBatch>;
}

/** A cursor before the first row. `file` is what errors call the input. */
export function recordCursor(record: Source, file: string): RecordCursor {
  const iterator = record[Symbol.asyncIterator]();
  let held: CursorBatch = { firstRow: 0, numRows: 0, rows: noRows, reasons: [] };
  const holds = (row: number): boolean => row < held.firstRow + held.numRows;
  return {
    at: (row) => (holds(row) ? held : undefined),
    async advance(row) {
      while (!holds(row)) {
        const next = await iterator.next();
        if (next.done === true) throw rowsLost(file, row + 1);
        const firstRow = held.firstRow + held.numRows;
        const { numRows } = next.value;
        held = {
          firstRow,
          numRows,
          rows: recordRows(next.value),
          reasons: passReasonsOf(next.value),
        };
      }
      return held;
    },
    async [Symbol.asyncDispose]() {
      await iterator.return?.();
    },
  };
}

const noRows: RecordRows = { isText: () => false, edits: () => [] };

/** The error of an input that has more rows than its record. */
export function rowsLost(file: string, rows: number): ToeditError {
  return new ToeditError(
    'ROWS_LOST',
    `${file}: it has more rows (${rows}) than were scored; run again, and please report it where that does not help`,
    { place: { file } },
  );
}
