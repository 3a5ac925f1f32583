import type { RecordBatch } from 'apache-arrow';
import { concatRecordBatches } from '../arrow/concat-record-batches.ts';
import type { Source } from '../operator.ts';

/** Takes rows from a stream by number, however they are cut into batches. */
export interface RowTaker extends AsyncDisposable {
  /** The next rows as one batch; null where there are not so many. */
  take(count: number): Promise<RecordBatch | null>;
  /** The same, in the pieces that they come in: views, of which each keeps its batch in memory. */
  takePieces(count: number): Promise<readonly RecordBatch[] | null>;
}

/** Disposing ends the stream. */
export function takeRowsOf(source: Source): RowTaker {
  const iterator = source[Symbol.asyncIterator]();
  let current: RecordBatch | undefined;
  let at = 0;
  const advance = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    [current, at] = [next.value, 0];
    return true;
  };
  const takePieces = async (count: number): Promise<readonly RecordBatch[] | null> => {
    const pieces: RecordBatch[] = [];
    for (let left = count; left > 0 || pieces.length === 0; ) {
      if (current === undefined || (at === current.numRows && left > 0)) {
        if (!(await advance())) return null;
        continue;
      }
      const end = Math.min(current.numRows, at + left);
      pieces.push(current.slice(at, end));
      left -= end - at;
      at = end;
    }
    return pieces;
  };
  return {
    takePieces,
    async take(count) {
      const [first, ...rest] = (await takePieces(count)) ?? [];
      if (first === undefined) return null;
      const whole = concatRecordBatches([first, ...rest]);
      if (whole === undefined)
        throw new RangeError(`${count} rows of a record are too many at once`);
      return whole;
    },
    [Symbol.asyncDispose]: async () => {
      await iterator.return?.();
    },
  };
}
