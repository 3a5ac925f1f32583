import { type Data, DataType, type Field, Precision, UnionMode, Vector } from 'apache-arrow';
import { childData } from '../arrow/buffers.ts';
import { byteCells, byteCellsValidity, isBinary, isText } from '../arrow/byte-cells.ts';
import { ToeditError } from '../errors.ts';
import { encodeString } from './strings.ts';
import { type JsonCells, temporalToJson } from './temporal-to-json.ts';

/**
 * The items of Arrow data as JSON, by the mapping of `docs/formats.md`: integers with all their digits, floats as the
 * shortest decimal that reads back as the same value (NaN and infinities null), decimals as strings, dates and times in
 * ISO 8601, binary in base64, lists as arrays, structs and maps as objects, dictionaries and unions by value.
 *
 * @throws ToeditError `COLUMN_TYPE` for a type that JSON has no form for.
 */
export function arrowToJson(data: Data): JsonCells {
  const cells =
    numberCells(data) ??
    bytesToJson(data) ??
    temporalToJson(data) ??
    nestedToJson(data, arrowToJson);
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

function bytesToJson(data: Data): JsonCells | undefined {
  const { type } = data;
  if (isText(type)) return textToJson(data);
  if (!isBinary(type) && !DataType.isFixedSizeBinary(type)) return undefined;
  const bytes = byteCells(data);
  return (index) => `"${Buffer.from(bytes(index)).toString('base64')}"`;
}

/**
 * The items of data that can be a text column's as JSON strings; those that are not UTF-8 as `{"base64":"..."}`.
 */
export function textToJson(data: Data): JsonCells {
  const bytes = byteCells(data);
  const bits = byteCellsValidity(data);
  const isNull = (index: number): boolean =>
    bits !== undefined && (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 0;
  return (index) => (isNull(index) ? 'null' : encodeString(bytes(index)));
}

/** What turns the data of a child into JSON. */
type Convert = (data: Data) => JsonCells;

/** The JSON of each item of a list, struct, map, union or dictionary; undefined for other types. */
function nestedToJson(data: Data, convert: Convert): JsonCells | undefined {
  const { type } = data;
  // Data of no items may lack its children.
  const children = data.children.map((child?: Data) =>
    child === undefined ? nothing : convert(child),
  );
  if (DataType.isMap(type)) return mapToJson(data, convert);
  if (DataType.isList(type) || DataType.isLargeList(type)) {
    return listToJson(children, rangeOf(data));
  }
  if (DataType.isFixedSizeList(type)) {
    const { listSize } = type;
    return listToJson(children, (index) => [index * listSize, (index + 1) * listSize]);
  }
  if (DataType.isStruct(type)) return structToJson(type.children, children);
  if (DataType.isDictionary(type)) return dictionaryToJson(data, convert);
  if (DataType.isUnion(type)) {
    const offsets = type.mode === UnionMode.Dense ? (data.valueOffsets as Int32Array) : undefined;
    return unionToJson(data, (id) => children[type.typeIdToChildIndex[id] ?? -1], offsets);
  }
  return undefined;
}

/** The items of a list's child that belong to one list: from the first to the one after the last. */
type ItemRange = (index: number) => readonly [number, number];

function rangeOf(data: Data): ItemRange {
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  return (index) => [Number(offsets[index]), Number(offsets[index + 1])];
}

function listToJson([item = nothing]: readonly JsonCells[], range: ItemRange): JsonCells {
  return (index) => {
    const [start, end] = range(index);
    return `[${Array.from({ length: end - start }, (_, i) => item(start + i)).join(',')}]`;
  };
}

function structToJson(fields: readonly Field[], children: readonly JsonCells[]): JsonCells {
  const names = fields.map((field) => JSON.stringify(field.name));
  return (index) =>
    `{${children.map((cells, child) => `${names[child] ?? ''}:${cells(index)}`).join(',')}}`;
}

/** An object; a key that is no string goes by its JSON. */
function mapToJson(data: Data, convert: Convert): JsonCells {
  const entries = childData(data, 0);
  const key = convert(childData(entries, 0));
  const value = convert(childData(entries, 1));
  const range = rangeOf(data);
  const member = (item: number): string => {
    const name = key(item);
    return `${name.startsWith('"') ? name : JSON.stringify(name)}:${value(item)}`;
  };
  return (index) => {
    const [start, end] = range(index);
    return `{${Array.from({ length: end - start }, (_, i) => member(start + i)).join(',')}}`;
  };
}

function dictionaryToJson(data: Data, convert: Convert): JsonCells {
  const keys = data.values as Int32Array | BigInt64Array;
  const pieces = (data.dictionary?.data ?? []).map((piece: Data) => ({
    length: piece.length,
    cells: convert(piece),
  }));
  return (index) => {
    let key = Number(keys[index]);
    for (const { length, cells } of pieces) {
      if (key < length) return cells(key);
      key -= length;
    }
    return 'null';
  };
}

/** @param offsets - of a dense union: where each item is in its child. */
function unionToJson(
  data: Data,
  childOf: (typeId: number) => JsonCells | undefined,
  offsets: Int32Array | undefined,
): JsonCells {
  const typeIds = data.typeIds as Int8Array;
  return (index) => {
    const child = childOf(typeIds[index] ?? 0) ?? nothing;
    return child(offsets?.[index] ?? index);
  };
}

const nothing: JsonCells = () => 'null';

/** The shortest decimal that reads back as the same float64; null where JSON has no such number (NaN, infinities). */
function float64ToJson(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The shortest decimal that reads back as the same float32; null where JSON has no such number. */
function float32ToJson(value: number): string {
  if (!Number.isFinite(value) || value === 0) return float64ToJson(value);
  // Nine digits tell any two float32 apart.
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * A decimal's digits, all of them, as a JSON string.
 *
 * @param words - two's complement, 32 bits a word, the least significant first.
 * @param scale - digits after the point; negative: zeros before it.
 */
function decimalToJson(words: Uint32Array, scale: number): string {
  const unscaled = BigInt.asIntN(
    words.length * 32,
    words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
  );
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  if (scale <= 0) return `"${sign}${unscaled === 0n ? '0' : digits + '0'.repeat(-scale)}"`;
  const padded = digits.padStart(scale + 1, '0');
  return `"${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}"`;
}
