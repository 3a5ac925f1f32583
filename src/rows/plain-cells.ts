import { type Data, DataType, type Field, TimeUnit, Vector } from 'apache-arrow';
import { byteCells, isBinary, isText } from '../arrow/byte-cells.ts';
import { arrowToJson } from '../json/arrow-to-json.ts';

/** The item at an index, as plain JavaScript. */
export type PlainCells = (index: number) => unknown;

/**
 * The items of Arrow data as plain JavaScript: text as strings, binary as bytes of their own, integers of 64 bits as `bigint`, other
 * numbers as numbers, dates and timestamps of seconds and milliseconds as `Date`, lists as arrays, structs as objects, dictionaries by
 * value. Any other type goes by its JSON (`arrowToJson`): finer timestamps and decimals are strings, so no digit is lost.
 *
 * @throws ToeditError `COLUMN_TYPE` for a type that has no such form.
 */
export function plainCells(data: Data): PlainCells {
  const cells = scalarCells(data) ?? nestedCells(data) ?? jsonCells(data);
  return data.nullCount === 0 ? cells : (index) => (data.getValid(index) ? cells(index) : null);
}

function scalarCells(data: Data): PlainCells | undefined {
  const { type } = data;
  if (isText(type)) {
    const bytes = byteCells(data);
    return (index) => decoder.decode(bytes(index));
  }
  if (isBinary(type) || DataType.isFixedSizeBinary(type)) {
    const bytes = byteCells(data);
    return (index) => bytes(index).slice();
  }
  const vector = new Vector([data]);
  if (DataType.isBool(type) || DataType.isInt(type) || DataType.isFloat(type)) {
    return (index) => vector.get(index) as unknown;
  }
  return isCoarse(type) ? (index) => new Date(Number(vector.get(index))) : undefined;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Whether the items are times that a `Date` holds. */
function isCoarse(type: DataType): boolean {
  if (DataType.isDate(type)) return true;
  return DataType.isTimestamp(type) && type.unit <= TimeUnit.MILLISECOND;
}

function nestedCells(data: Data): PlainCells | undefined {
  const { type } = data;
  // Data of no items may lack its children.
  const children = (): PlainCells[] =>
    data.children.map((child?: Data) => (child === undefined ? () => null : plainCells(child)));
  if (DataType.isStruct(type)) return structCells(type.children, children());
  if (DataType.isFixedSizeList(type)) {
    const { listSize } = type;
    return listCells(children(), (index) => [index * listSize, (index + 1) * listSize]);
  }
  if (DataType.isList(type) || DataType.isLargeList(type)) {
    const offsets = data.valueOffsets as Int32Array | BigInt64Array;
    return listCells(children(), (index) => [Number(offsets[index]), Number(offsets[index + 1])]);
  }
  return undefined;
}

function structCells(fields: readonly Field[], children: readonly PlainCells[]): PlainCells {
  const names = fields.map(({ name }) => name);
  // Not by assignment: a field may be called __proto__.
  return (index) =>
    Object.fromEntries(children.map((cells, child) => [names[child] ?? '', cells(index)]));
}

function listCells(
  [item = () => null]: readonly PlainCells[],
  range: (index: number) => readonly [number, number],
): PlainCells {
  return (index) => {
    const [start, end] = range(index);
    return Array.from({ length: end - start }, (_, i) => item(start + i));
  };
}

function jsonCells(data: Data): PlainCells {
  const cells = arrowToJson(data);
  return (index) => JSON.parse(cells(index)) as unknown;
}
