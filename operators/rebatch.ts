import type { RecordBatch } from 'apache-arrow';
import { concatRecordBatches, sliceRecordBatch } from '../src/arrow/concat/record-batches.ts';
import { rowBytesOf } from '../src/arrow/row-bytes.ts';
import { assertSameSchema } from '../src/arrow/schemas.ts';
import { textColumn } from '../src/arrow/text-column.ts';
import { type Operator, requireBatch } from '../src/operator.ts';
import { requireInteger, requireNames } from '../src/options.ts';

/** Options of {@link rebatch}. */
export interface RebatchOptions {
  /** Rows a batch has at most. @defaultValue 1024 */
  readonly rows?: number | undefined;
  /** Bytes of text a batch has at most; a row of more is a batch of its own. @defaultValue no bound */
  readonly bytes?: number | undefined;
  /** Bytes of all columns a batch has at most, roughly; a row of more is a batch of its own. @defaultValue no bound */
  readonly allBytes?: number | undefined;
  /** The text column that `bytes` counts. @defaultValue 'text' */
  readonly column?: string | undefined;
}

/**
 * Splits and merges record batches, as full as the bounds allow, by copy. Rows keep their order; where batches are cut
 * depends on the rows alone, not on how they came. Without any row one batch of none is left.
 *
 * Batches that cannot be merged stay apart: see `concatRecordBatches`.
 *
 * @throws ToeditError `BAD_OPTION`; with `bytes`, `COLUMN_MISSING` and `COLUMN_TYPE`.
 */
export function rebatch(options: RebatchOptions = {}): Operator {
  const { rows = 1024, bytes = Number.POSITIVE_INFINITY, column = 'text' } = options;
  requireNames('rebatch', options, { rows: true, bytes: true, allBytes: true, column: true });
  const { allBytes = Number.POSITIVE_INFINITY } = options;
  requireInteger('rows', rows, [1]);
  requireInteger('bytes', options.bytes, [1]);
  requireInteger('allBytes', options.allBytes, [1]);
  return async function* rebatch(source) {
    const cutter = newCutter({ rows, bytes, allBytes, column });
    let first: RecordBatch | undefined;
    let index = 0;
    let hasYielded = false;
    for await (const batch of source) {
      requireBatch(batch);
      first ??= batch;
      assertSameSchema(first.schema, batch.schema, { recordBatch: index++ });
      for (const full of cutter.add(batch)) {
        hasYielded = true;
        yield* joined(full);
      }
    }
    const rest = cutter.rest();
    if (rest.length > 0) yield* joined(rest);
    else if (!hasYielded && first !== undefined) yield sliceRecordBatch(first, 0, 0);
  };
}

function* joined(pieces: readonly RecordBatch[]): Generator<RecordBatch> {
  const [first, ...rest] = pieces;
  if (first === undefined) return;
  const whole = concatRecordBatches([first, ...rest]);
  if (whole !== undefined) yield whole;
  else for (const piece of pieces) yield sliceRecordBatch(piece, 0, piece.numRows);
}

interface Cutter {
  /** The batches that the rows of this one have filled, each as slices. */
  add(batch: RecordBatch): Generator<readonly RecordBatch[]>;
  /** The slices that have not filled a batch. */
  rest(): readonly RecordBatch[];
}

interface Bounds {
  readonly rows: number;
  readonly bytes: number;
  readonly allBytes: number;
  readonly column: string;
}

function newCutter(bounds: Bounds): Cutter {
  let pieces: RecordBatch[] = [];
  let rows = 0;
  let bytes = 0;
  let allBytes = 0;
  const add = function* (batch: RecordBatch): Generator<readonly RecordBatch[]> {
    const bytesOf = textBytesOf(batch, bounds);
    const allBytesOf = Number.isFinite(bounds.allBytes) ? rowBytesOf(batch) : () => 0;
    let begin = 0;
    for (let row = 0; row < batch.numRows; row++) {
      const more = bytesOf(row);
      const allMore = allBytesOf(row);
      const isOver = bytes + more > bounds.bytes || allBytes + allMore > bounds.allBytes;
      if (rows > 0 && (rows + 1 > bounds.rows || isOver)) {
        if (row > begin) pieces.push(batch.slice(begin, row));
        yield pieces;
        [pieces, rows, bytes, allBytes, begin] = [[], 0, 0, 0, row];
      }
      rows++;
      bytes += more;
      allBytes += allMore;
    }
    if (batch.numRows > begin) pieces.push(batch.slice(begin, batch.numRows));
  };
  return { add, rest: () => pieces };
}

function textBytesOf(batch: RecordBatch, { bytes, column }: Bounds): (row: number) => number {
  if (!Number.isFinite(bytes)) return () => 0;
  const text = textColumn(batch, column);
  return (row) => text.bytes(row).length;
}
