import type { RecordBatch } from 'apache-arrow';
import { concatRecordBatches } from '../arrow/concat-record-batches.ts';
import type { Source } from '../operator.ts';

/** Takes rows from a stream by number, however they are cut into batches. */
export interface RowTaker extends AsyncDisposable {
  /** The next rows as one batch; null where there are not so many. */
  take(count: number): Promise<RecordBatch | null>;
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
  return {
    async take(count) {
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
      const [first, ...rest] = pieces;
      return first === undefined ? null : (concatRecordBatches([first, ...rest]) ?? null);
    },
    [Symbol.asyncDispose]: async () => {
      await iterator.return?.();
    },
  };
}
