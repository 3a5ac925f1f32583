import type { RecordBatch } from 'apache-arrow';
import { columnOf, withoutColumns } from '../src/arrow/columns.ts';
import { sliceRecordBatch } from '../src/arrow/concat/record-batches.ts';
import { dropEmptyBatches, type Operator, type Source } from '../src/operator.ts';
import { requireInteger } from '../src/options.ts';

/**
 * Passes the first rows and ends; the rest of the source is not read.
 *
 * @throws ToeditError BAD_OPTION at once where `rows` is not a whole number from 0.
 */
export function takeRows(rows: number): Operator {
  requireInteger('rows', rows, [0]);
  return async function* takeRows(source) {
    let left = rows;
    for await (const batch of source) {
      const taken = Math.min(left, batch.numRows);
      yield taken === batch.numRows ? batch : sliceRecordBatch(batch, 0, taken);
      left -= taken;
      if (left === 0) return;
    }
  };
}

/**
 * Passes what follows the first rows; where nothing does, one batch of no rows.
 *
 * @throws ToeditError `BAD_OPTION` at once where `rows` is not a whole number from 0.
 */
export function skipRows(rows: number): Operator {
  requireInteger('rows', rows, [0]);
  return async function* skipRows(source) {
    yield* rows === 0 ? source : dropEmptyBatches(rowsAfter(source, rows));
  };
}

async function* rowsAfter(source: Source, rows: number): Source {
  let left = rows;
  for await (const batch of source) {
    const skipped = Math.min(left, batch.numRows);
    left -= skipped;
    yield skipped === 0 ? batch : sliceRecordBatch(batch, skipped, batch.numRows);
  }
}

/**
 * Ends the stream, as if its source had ended, as soon as the signal is aborted: while it waits for a record batch too.
 * What passed before goes on its way, so a sink commits it; no record batch passes after, and there may be none at all.
 *
 * The source is released. One that is at work on a record batch is released once it has it, without being waited for;
 * its failure then is not reported.
 */
export function takeUntil(signal?: AbortSignal): Operator {
  return async function* takeUntil(source) {
    if (signal === undefined) {
      yield* source;
      return;
    }
    const batches = source[Symbol.asyncIterator]();
    const isStopped = (): boolean => signal.aborted;
    let isOver = false;
    try {
      while (!isStopped()) {
        const next = await nextOrStop(batches, signal);
        if (isStopped()) return;
        isOver = next.done === true;
        if (next.done) return;
        yield next.value;
      }
    } catch (error) {
      isOver = true;
      throw error;
    } finally {
      if (!isOver) await release(batches, signal);
    }
  };
}

const over = { done: true, value: undefined } as const;

/** A listener for each batch: a promise raced against all of them would keep them alive. */
function nextOrStop(
  batches: AsyncIterator<RecordBatch>,
  signal: AbortSignal,
): Promise<IteratorResult<RecordBatch>> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      resolve(over);
    };
    signal.addEventListener('abort', stop, { once: true });
    batches
      .next()
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', stop);
      });
  });
}

async function release(batches: AsyncIterator<RecordBatch>, signal: AbortSignal): Promise<void> {
  const released = batches.return?.();
  if (!signal.aborted) await released;
  else released?.catch(ignore);
}

function ignore(): void {
  // The run was asked to stop: what its source meets after that is of no consequence.
}

/**
 * Drops columns by name.
 *
 * @throws ToeditError `COLUMN_MISSING` where a batch lacks one of them.
 */
export function dropColumns(names: readonly string[]): Operator {
  return async function* dropColumns(source) {
    for await (const batch of source) {
      for (const name of names) columnOf(batch, name);
      yield withoutColumns(batch, names);
    }
  };
}
