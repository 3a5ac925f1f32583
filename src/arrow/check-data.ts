import { type Data, type DataType, Type } from 'apache-arrow';

/**
 * Checks that every offset and index of data points inside its buffers, at every depth: flipped bits in a body without
 * a checksum are found here, not by a crash later.
 *
 * @throws Error saying what does not fit.
 */
export function checkData(data: Data): void {
  const { type, children } = data;
  checkValidity(data);
  switch (type.typeId) {
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary:
      checkOffsets(data, byteLengthOf(data));
      break;
    case Type.List:
    case Type.LargeList:
    case Type.Map:
      checkOffsets(data, children[0]?.length ?? 0);
      break;
    case Type.FixedSizeList:
    case Type.Struct:
      checkChildren(data);
      break;
    case Type.Dictionary:
      checkIndices(data);
      break;
    case Type.Null:
    case Type.Union:
    case Type.Utf8View:
    case Type.BinaryView:
      // Their readers and copies fail on what points outside.
      break;
    default:
      checkWidth(data);
  }
  children.forEach(checkData);
}

function checkValidity({ type, nullCount, nullBitmap, offset, length }: Data): void {
  if (type.typeId === Type.Null || type.typeId === Type.Union || nullCount <= 0) return;
  if (nullBitmap.length * 8 < offset + length) throw outside(type, 'validity');
}

function outside(type: DataType, what: string): Error {
  return new Error(`${what} of a column of ${String(type)} lie outside its buffers`);
}

function byteLengthOf({ values }: Data): number {
  return (values as Uint8Array | undefined)?.length ?? 0;
}

function checkOffsets(data: Data, end: number): void {
  const { type, length } = data;
  if (length === 0) return;
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  if (offsets.length < length + 1 || Number(offsets[0]) < 0 || Number(offsets[length]) > end) {
    throw outside(type, 'offsets');
  }
  for (let i = 0; i < length; i++) {
    if ((offsets[i] ?? 0) > (offsets[i + 1] ?? 0)) throw outside(type, 'offsets');
  }
}

function checkChildren({ type, length, stride, children }: Data): void {
  const items = type.typeId === Type.FixedSizeList ? length * stride : length;
  if (children.some((child) => child.length < items)) throw outside(type, 'children');
}

function checkIndices(data: Data): void {
  checkWidth(data);
  const size = data.dictionary?.length ?? 0;
  for (let i = 0; i < data.length; i++) {
    const index = Number(data.values[i]);
    if (data.getValid(i) && !(index >= 0 && index < size)) throw outside(data.type, 'indices');
  }
}

function checkWidth(data: Data): void {
  const { type, length, stride, offset } = data;
  const items = type.typeId === Type.Bool ? (offset + length + 7) >> 3 : length * stride;
  if (byteLengthOf(data) < items) throw outside(type, 'values');
}
