import { type Data, DataType, type RecordBatch } from 'apache-arrow';

/** What a validity bit, an offset or a dictionary's index takes, roughly; of a type whose width is not known too. */
const slotBytes = 8;
/** Of a view of Utf8View and BinaryView. */
const viewBytes = 16;

/**
 * How many bytes a row has in all columns, roughly: what each value takes, at any depth. Values of dictionaries do not count.
 *
 * @returns a function of the row; what it gives depends on the row alone, not on the batch.
 */
export function rowBytesOf(batch: RecordBatch): (row: number) => number {
  let fixed = 0;
  const variable: Data[] = [];
  for (const data of batch.data.children) {
    const width = fixedWidth(data.type);
    if (width === undefined) variable.push(data);
    else fixed += width;
  }
  return (row) => variable.reduce((sum, data) => sum + bytesIn(data, row, row + 1), fixed);
}

/** Undefined where values differ in size. */
function fixedWidth(type: DataType): number | undefined {
  if (DataType.isFixedSizeBinary(type)) return slotBytes + type.byteWidth;
  const isVariable =
    isBytes(type) || isView(type) || isList(type) || DataType.isStruct(type) || isFixedList(type);
  return isVariable ? undefined : slotBytes;
}

const isBytes = (type: DataType): boolean =>
  DataType.isUtf8(type) ||
  DataType.isLargeUtf8(type) ||
  DataType.isBinary(type) ||
  DataType.isLargeBinary(type);

const isView = (type: DataType): boolean =>
  DataType.isUtf8View(type) || DataType.isBinaryView(type);

const isList = (type: DataType): boolean =>
  DataType.isList(type) || DataType.isLargeList(type) || DataType.isMap(type);

const isFixedList = (type: DataType): boolean => DataType.isFixedSizeList(type);

/** Of the values `begin .. end`. */
function bytesIn(data: Data, begin: number, end: number): number {
  const { type, children } = data;
  const slots = slotBytes * (end - begin);
  if (isBytes(type)) return slots + offsetAt(data, end) - offsetAt(data, begin);
  if (isView(type)) return slots + viewedBytes(data, begin, end);
  if (isList(type)) {
    const [items] = children;
    return slots + (items ? bytesIn(items, offsetAt(data, begin), offsetAt(data, end)) : 0);
  }
  if (isFixedList(type)) {
    const [items] = children;
    return slots + (items ? bytesIn(items, begin * data.stride, end * data.stride) : 0);
  }
  if (DataType.isStruct(type)) {
    return children.reduce((sum, child) => sum + bytesIn(child, begin, end), slots);
  }
  return (fixedWidth(type) ?? slotBytes) * (end - begin);
}

function offsetAt({ valueOffsets }: Data, at: number): number {
  return Number((valueOffsets as Int32Array | BigInt64Array)[at] ?? 0);
}

function viewedBytes({ values }: Data, begin: number, end: number): number {
  const views = values as Uint8Array;
  const cells = new DataView(views.buffer, views.byteOffset, views.byteLength);
  let sum = 0;
  for (let at = begin; at < end; at++) sum += viewBytes + cells.getInt32(at * viewBytes, true);
  return sum;
}
