import { RecordBatch, Schema } from 'apache-arrow';
import { emptyBatch, sliceRecordBatch } from '../../src/arrow/concat/record-batches.ts';
import { ipcWriter } from '../../src/arrow/ipc/ipc-writer.ts';
import { assertSameSchema } from '../../src/arrow/schemas.ts';
import { isRetryable, isUsageCode, messageOf, ToeditError } from '../../src/errors.ts';
import type { Answer } from './answer-batch.ts';

/** The metadata in which a response says why its request came to nothing. */
const errorKey = 'toedit:error';
/** The metadata in which a response says what was done. */
const countsKey = 'toedit:counts';

/** The response to a batch: its rows, under the schema that was sent, with what was counted in its metadata. */
export function answerResponse({ batch, totals }: Answer, schema: Schema): RecordBatch {
  assertSameSchema(schema, batch.schema);
  const { rows, tokens, edits, passed } = totals;
  const { changed, deleted } = edits;
  const reasons = Object.entries(passed).filter(([, count]) => count > 0);
  const counts = { rows, tokens, changed, deleted, passed: Object.fromEntries(reasons) };
  const { data } =
    batch.numRows === 0 ? emptyBatch(schema) : sliceRecordBatch(batch, 0, batch.numRows);
  return new RecordBatch(schema, data, new Map([[countsKey, JSON.stringify(counts)]]));
}

/** The response to a batch that came to nothing: no rows, and the reason. */
export function errorResponse(error: unknown, schema: Schema): RecordBatch {
  return new RecordBatch(schema, emptyBatch(schema).data, errorMetadata(error));
}

/** The bytes of a response to a stream that is not answered: a schema without columns that says why, and the end. */
export function refusal(error: unknown): Uint8Array {
  const writer = ipcWriter('stream');
  return Buffer.concat([...writer.open(new Schema([], errorMetadata(error))), ...writer.close()]);
}

function errorMetadata(error: unknown): Map<string, string> {
  const code = error instanceof ToeditError ? error.code : 'UNEXPECTED';
  const row = error instanceof ToeditError ? error.place.row : undefined;
  const retryable = isRetryable(code) && !isUsageCode(code);
  const said = { code, message: messageOf(error), retryable, row };
  return new Map([[errorKey, JSON.stringify(said)]]);
}
