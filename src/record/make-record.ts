import {
  Binary,
  BufferType,
  Data,
  Field,
  List,
  type RecordBatch,
  Struct,
  Uint64,
} from 'apache-arrow';
import { childData } from '../arrow/buffers.ts';
import { addedColumn, batchOfColumns, type Column, columnOf } from '../arrow/columns.ts';
import { structData } from '../arrow/lists.ts';
import { joinTexts, type TextColumn, textColumn, textData } from '../arrow/text-column.ts';
import { columnNames, editsType } from '../columns.ts';
import { documentKey } from '../random/uniform-draw.ts';
import { type Edit, editsData } from '../resampling/edits.ts';
import type { TokenBytes } from '../text/token-bytes.ts';
import { placeColumns } from '../texts/text-rows.ts';

/** The column of a record that identifies the text that was read, beside those of `columnNames`. */
export const textHashName = 'text_hash';

/**
 * `text_hash`: Uint64, the first 8 bytes of the SHA-256 of the text's bytes as a little-endian number (as `documentKey`); null
 * where the text is null.
 */
export const textHashType = new Uint64();

/**
 * `edits` of a record: one item a changed token, by ascending position. The first seven fields are those of the column `edits`
 * that `resampleTokens` adds (`editsType`); `old_bytes` stood at `byte_offset` of the text, and `new_bytes` stand there now:
 * none where the token was deleted. Null where the row passes unedited.
 */
export const recordedEditsType = new List(
  new Field(
    'item',
    new Struct([
      ...editsType.valueType.children,
      new Field('old_bytes', new Binary(), false),
      new Field('new_bytes', new Binary(), false),
    ]),
    false,
  ),
);

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
  return recordOf(
    batch,
    name,
    withBytes(data, (items) => bytesOfIds(items, tokenBytes)),
  );
}

/** An edit with the bytes that its ids stand for; none of the new token where it was deleted. */
export interface WholeEdit extends Edit {
  readonly oldBytes: Uint8Array;
  readonly newBytes: Uint8Array;
}

/**
 * The record of a batch by edits that bring their bytes: as {@link editRecord}.
 *
 * @param edits - of every row; undefined where it passes unedited.
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function wholeEditRecord(
  batch: RecordBatch,
  name: string,
  edits: readonly (readonly WholeEdit[] | undefined)[],
): RecordBatch {
  const all = edits.flatMap((row) => row ?? []);
  const data = withBytes(editsData(edits), () => ({
    before: all.map(({ oldBytes }) => oldBytes),
    after: all.map(({ newBytes }) => newBytes),
  }));
  return recordOf(batch, name, data);
}

function recordOf(batch: RecordBatch, name: string, data: Data): RecordBatch {
  return batchOfColumns(
    [
      textHashColumn(textColumn(batch, name)),
      ...placeColumns(batch),
      columnOf(batch, columnNames.passReason),
      { field: new Field(columnNames.edits, recordedEditsType, true), data },
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
      ...placeColumns(batch),
      columnOf(batch, columnNames.passReason),
      columnOf(batch, columnNames.tokenIds),
      columnOf(batch, columnNames.tokenLogprobs),
      ...(batch.schema.names.includes(columnNames.candidates)
        ? [columnOf(batch, columnNames.candidates)]
        : []),
    ],
    batch,
  );
}

/** What stood at each edit, and what stands there now. */
interface EditedBytes {
  readonly before: readonly Uint8Array[];
  readonly after: readonly Uint8Array[];
}

/** Data of `edits` with the bytes of its items. */
function withBytes(data: Data, bytesOf: (items: Data) => EditedBytes): Data {
  const items = childData(data, 0);
  const { before, after } = bytesOf(items);
  const children = editsType.valueType.children.map((_, field) => childData(items, field));
  const whole = structData(recordedEditsType.valueType, {
    length: items.length,
    children: [...children, bytesData(before), bytesData(after)],
  });
  return new Data(recordedEditsType, data.offset, data.length, -1, data, [whole]);
}

function bytesOfIds(items: Data, tokenBytes: TokenBytes): EditedBytes {
  const oldIds = childData(items, 2).values as Int32Array;
  const newIds = childData(items, 3);
  const isDeleted = (index: number): boolean => !newIds.getValid(index);
  const rows = Array.from({ length: items.length }, (_, index) => index);
  const before = rows.map((index) => tokenBytes.bytes(oldIds[index] ?? -1));
  const after = rows.map((index) =>
    isDeleted(index) ? noBytes : tokenBytes.bytes((newIds.values as Int32Array)[index] ?? -1),
  );
  return { before, after };
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
