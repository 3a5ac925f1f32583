import { type Data, Type } from 'apache-arrow';

/**
 * A string that two values of one dictionary type share just where they are the same bytes; undefined for values that
 * are not compared (nested ones, views, booleans), which are kept apart.
 */
export function dictionaryKey(values: Data, index: number): string | undefined {
  if (!values.getValid(index)) return 'null';
  switch (values.type.typeId) {
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary:
      return keyOf(
        values.values as Uint8Array,
        Number(values.valueOffsets[index]),
        Number(values.valueOffsets[index + 1]),
      );
    case Type.Int:
    case Type.Float:
    case Type.Decimal:
    case Type.Date:
    case Type.Time:
    case Type.Timestamp:
    case Type.Duration:
    case Type.FixedSizeBinary:
      return fixedKey(values, index);
    default:
      return undefined;
  }
}

function fixedKey({ values, stride }: Data, index: number): string {
  const item = values.subarray(index * stride, (index + 1) * stride) as Uint8Array;
  return keyOf(new Uint8Array(item.buffer, item.byteOffset, item.byteLength), 0, item.byteLength);
}

function keyOf(bytes: Uint8Array, begin: number, end: number): string {
  const view = bytes.subarray(begin, end);
  return `=${Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('latin1')}`;
}
