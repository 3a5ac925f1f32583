import { BinaryView, type Data, DataType, Precision, Vector } from 'apache-arrow';
import { ToeditError } from '../errors.ts';
import { encodeString } from './encode-string.ts';
import type { JsonCells } from './json-cells.ts';
import { nestedToJson } from './nested-to-json.ts';
import { decimalToJson, float32ToJson, float64ToJson } from './number-to-json.ts';
import { temporalToJson } from './temporal-to-json.ts';

/**
 * The items of Arrow data as JSON, by the mapping of `docs/formats.md`: integers with all their digits, floats as the
 * shortest decimal that reads back as the same value (NaN and infinities null), decimals as strings, dates and times in
 * ISO 8601, binary in base64, lists as arrays, structs and maps as objects, dictionaries and unions by value.
 *
 * @throws ToeditError `COLUMN_TYPE` for a type that JSON has no form for.
 */
export function arrowToJson(data: Data): JsonCells {
  const cells =
    numberCells(data) ?? byteCells(data) ?? temporalToJson(data) ?? nestedToJson(data, arrowToJson);
  if (cells === undefined) {
    throw new ToeditError(
      'COLUMN_TYPE',
      `values of type ${String(data.type)} have no JSON form; write Parquet or Arrow, or drop the column`,
    );
  }
  return data.nullCount === 0 ? cells : (index) => (data.getValid(index) ? cells(index) : 'null');
}

function numberCells(data: Data): JsonCells | undefined {
  const { type } = data;
  if (DataType.isNull(type)) return () => 'null';
  if (DataType.isBool(type)) {
    const bits = data.values as Uint8Array;
    return (index) => {
      const bit = data.offset + index;
      return String((((bits[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1);
    };
  }
  if (DataType.isInt(type)) {
    const values = data.values as Int32Array | BigInt64Array;
    return (index) => String(values[index]);
  }
  if (DataType.isFloat(type)) return floatCells(data, type.precision);
  if (DataType.isDecimal(type)) {
    const words = data.values as Uint32Array;
    const size = type.bitWidth / 32;
    return (index) => decimalToJson(words.subarray(size * index, size * (index + 1)), type.scale);
  }
  return undefined;
}

function floatCells(data: Data, precision: Precision): JsonCells {
  const vector = new Vector<DataType>([data]);
  const number = (index: number): number => vector.get(index) as number;
  if (precision === Precision.SINGLE) return (index) => float32ToJson(number(index));
  return (index) => float64ToJson(number(index));
}

function byteCells(data: Data): JsonCells | undefined {
  const { type } = data;
  const isText = DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type);
  if (isText) return textToJson(data);
  const isBinary =
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type) ||
    DataType.isBinaryView(type) ||
    DataType.isFixedSizeBinary(type);
  if (!isBinary) return undefined;
  const bytes = bytesOf(data);
  return (index) => `"${Buffer.from(bytes(index)).toString('base64')}"`;
}

/** The items of text or binary data as JSON strings; those that are not UTF-8 as `{"base64":"..."}`. */
export function textToJson(data: Data): JsonCells {
  const bytes = bytesOf(data);
  const cells: JsonCells = (index) => encodeString(bytes(index));
  return data.nullCount === 0 ? cells : (index) => (data.getValid(index) ? cells(index) : 'null');
}

function bytesOf(data: Data): (index: number) => Uint8Array {
  const { type } = data;
  const values = data.values as Uint8Array;
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) {
    // Apache Arrow decodes Utf8View itself, and drops a byte order mark at that.
    const vector = new Vector<DataType>([data.clone(new BinaryView())]);
    return (index) => vector.get(index) as Uint8Array;
  }
  if (DataType.isFixedSizeBinary(type)) {
    const { byteWidth } = type;
    return (index) => values.subarray(byteWidth * index, byteWidth * (index + 1));
  }
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  return (index) => values.subarray(Number(offsets[index]), Number(offsets[index + 1]));
}
