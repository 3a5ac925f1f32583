import { Binary, BufferType, Data, Field, type RecordBatch, type Uint64 } from 'apache-arrow';
import { addedColumn } from '../arrow/added-column.ts';
import { batchOfColumns } from '../arrow/batch-of-columns.ts';
import { childData } from '../arrow/child-data.ts';
import { type Column, columnOf } from '../arrow/column-of.ts';
import { joinTexts } from '../arrow/join-texts.ts';
import { textData } from '../arrow/replace-text-column.ts';
import { structData } from '../arrow/struct-data.ts';
import { type TextColumn, textColumn } from '../arrow/text-column.ts';
import { columnNames, editsType } from '../columns.ts';
import { documentKey } from '../random/document-key.ts';
import type { TokenBytes } from '../text/token-bytes.ts';
import { recordedEditsType, textHashName, textHashType } from './record-types.ts';

/**
 * The record of a resampled batch: `text_hash`, `pass_reason` and `edits`, a row each; all that is needed to make its texts
 * from the input once more. Its metadata is the batch's own.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function editRecord(
  batch: RecordBatch,
  {
    textColumn: name,
    tokenBytes,
  }: { readonly textColumn: string; readonly tokenBytes: TokenBytes },
): RecordBatch {
  const { data } = addedColumn(batch, columnNames.edits, editsType);
  const edits = new Data(recordedEditsType, data.offset, data.length, -1, data, [
    withBytes(childData(data, 0), tokenBytes),
  ]);
  return batchOfColumns(
    [
      textHashColumn(textColumn(batch, name)),
      columnOf(batch, columnNames.passReason),
      { field: new Field(columnNames.edits, recordedEditsType, true), data: edits },
    ],
    batch,
  );
}

/**
 * The record of a scored batch: `text_hash`, `pass_reason`, and the columns that scoring adds to the output.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function scoreRecord(batch: RecordBatch, name: string): RecordBatch {
  return batchOfColumns(
    [
      textHashColumn(textColumn(batch, name)),
      columnOf(batch, columnNames.passReason),
      columnOf(batch, columnNames.tokenIds),
      columnOf(batch, columnNames.tokenLogprobs),
    ],
    batch,
  );
}

/** The items of `edits` with the bytes that their ids stand for. */
function withBytes(items: Data, tokenBytes: TokenBytes): Data {
  const oldIds = childData(items, 2).values as Int32Array;
  const newIds = childData(items, 3);
  const isDeleted = (index: number): boolean => !newIds.getValid(index);
  const rows = Array.from({ length: items.length }, (_, index) => index);
  const before = rows.map((index) => tokenBytes.bytes(oldIds[index] ?? -1));
  const after = rows.map((index) =>
    isDeleted(index) ? noBytes : tokenBytes.bytes((newIds.values as Int32Array)[index] ?? -1),
  );
  const children = [0, 1, 2, 3, 4].map((field) => childData(items, field));
  return structData(recordedEditsType.valueType, {
    length: items.length,
    children: [...children, bytesData(before), bytesData(after)],
  });
}

const noBytes = new Uint8Array(0);

function bytesData(values: readonly Uint8Array[]): Data<Binary> {
  return textData(new Binary(), joinTexts(values, undefined)) as Data<Binary>;
}

function textHashColumn(text: TextColumn): Column {
  const words = new Uint32Array(2 * text.length);
  for (let row = 0; row < text.length; row++) {
    if (text.isNull(row)) continue;
    const { low, high } = documentKey(text.bytes(row));
    words[2 * row] = low;
    words[2 * row + 1] = high;
  }
  const data = new Data<Uint64>(
    textHashType,
    0,
    text.length,
    text.validity === undefined ? 0 : -1,
    {
      [BufferType.DATA]: new BigUint64Array(words.buffer),
      [BufferType.VALIDITY]: text.validity ?? noBytes,
    },
  );
  return { field: new Field(textHashName, textHashType, true), data };
}
