import { type Data, DataType, type Field, UnionMode } from 'apache-arrow';
import { childData } from '../arrow/child-data.ts';
import type { JsonCells } from './json-cells.ts';

/** What turns the data of a child into JSON. */
type Convert = (data: Data) => JsonCells;

/** The JSON of each item of a list, struct, map, union or dictionary; undefined for other types. */
export function nestedToJson(data: Data, convert: Convert): JsonCells | undefined {
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
