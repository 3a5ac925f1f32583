import type { RecordBatch } from 'apache-arrow';
import { passReasonsOf } from '../../src/arrow/pass-reasons.ts';
import type { PassReason } from '../../src/columns.ts';
import type { Source } from '../../src/operator.ts';
import { type RecordRows, recordRows } from '../../src/record/read-record.ts';
import { type TextPlaces, textPlaces } from '../../src/texts/text-rows.ts';

/** A text of a record: where it lies, and what became of it. */
export interface RecordedText {
  /** Of the input, from 0. */
  readonly row: number;
  /** Which text of its path it is in the row, whatever their roles. */
  readonly item: number;
  readonly path: number;
  readonly reason: PassReason | null;
  /** The batch of the record that holds it, and its row there. */
  readonly rows: RecordRows;
  readonly index: number;
}

/** Reads along the texts of a record; one batch is held. */
export interface TextCursor extends AsyncDisposable {
  /** The next text; undefined at the end. */
  peek(): Promise<RecordedText | undefined>;
  skip(): void;
}

/**
 * A cursor before the first text.
 *
 * @param only - of which path the texts are; undefined: of all.
 */
export function textCursor(record: Source, only?: number): TextCursor {
  const iterator = record[Symbol.asyncIterator]();
  let held: HeldBatch | undefined;
  let at = 0;
  return {
    async peek() {
      for (;;) {
        const path = held !== undefined && at < held.size ? held.places.path(at) : undefined;
        if (held !== undefined && path !== undefined) {
          if (only === undefined || path === only) return recorded(held, at, path);
          at++;
          continue;
        }
        const next = await iterator.next();
        if (next.done === true) return undefined;
        held = holding(next.value);
        at = 0;
      }
    },
    skip() {
      at++;
    },
    async [Symbol.asyncDispose]() {
      await iterator.return?.();
    },
  };
}

interface HeldBatch {
  readonly size: number;
  readonly rows: RecordRows;
  readonly places: TextPlaces;
  readonly reasons: readonly (PassReason | null)[];
}

function holding(batch: RecordBatch): HeldBatch {
  const rows = recordRows(batch);
  return { size: batch.numRows, rows, places: textPlaces(batch), reasons: passReasonsOf(batch) };
}

function recorded({ rows, places, reasons }: HeldBatch, index: number, path: number): RecordedText {
  const reason = reasons[index] ?? null;
  return { row: places.row(index), item: places.item(index), path, reason, rows, index };
}
