import { DataType, DateUnit, type Field, Precision, TimeUnit, Type } from 'apache-arrow';
import { withoutViewDictionary } from '../arrow/view-dictionaries.ts';
import type { Fate } from './type-tables.ts';
import { arrowTypes } from './type-tables.ts';

/** A part of a column that `arrowTypes` speaks of: its path, and what that table calls its type there. */
export interface ArrowPart {
  readonly path: string;
  readonly name: string;
  readonly type: DataType;
}

/** Every part of a field, itself first: the items of lists, the members of structs and maps, at every depth. */
export function* arrowParts(
  { name: own, type }: Pick<Field<DataType>, 'name' | 'type'>,
  parent = '',
  isInList = false,
): Generator<ArrowPart> {
  const path = `${parent}${own}`;
  // Of a whole column, a dictionary of views is written as one of plain values.
  const written = parent === '' ? withoutViewDictionary(type) : type;
  const name = DataType.isNull(type) && isInList ? 'null in a list' : nameOf(written);
  yield { path, name, type };
  if (DataType.isDictionary(type) || DataType.isUnion(type)) return;
  // Types without children have null there, against what apache-arrow declares.
  const children = (type.children as Field<DataType>[] | null) ?? [];
  const isList = isInList || !DataType.isStruct(type);
  for (const child of children) yield* arrowParts(child, `${path}.`, isList);
}

/** What becomes of a type of this name in Parquet. */
export function arrowFate(name: string): Fate {
  return (
    arrowTypes[name] ?? { lost: 'is not known to toedit', remedy: 'cast it to one that it knows' }
  );
}

function nameOf(type: DataType): string {
  if (DataType.isDictionary(type)) return dictionaryName(type.dictionary as DataType);
  return nameByParameters(type) ?? nameByKind.get(type.typeId) ?? `type ${type.typeId}`;
}

function dictionaryName(values: DataType): string {
  const name = nameOf(values);
  if (inDictionaries.has(name) && !isView(values)) {
    return 'dictionary of text, binary, bool, numbers, dates, times or timestamps';
  }
  return 'lost' in arrowFate(name) ? name : 'dictionary of other types';
}

/** Values of a dictionary that parquet-wasm writes, and pyarrow and DuckDB read again. */
const inDictionaries: ReadonlySet<string> = new Set([
  ...['bool', 'integer', 'float16', 'float32 or float64', 'decimal', 'text of any kind'],
  ...['binary of any kind', 'date32', 'time below seconds', 'timestamp below seconds'],
]);

function isView(type: DataType): boolean {
  return DataType.isUtf8View(type) || DataType.isBinaryView(type);
}

const nameByKind: ReadonlyMap<Type, string> = new Map([
  [Type.Null, 'null'],
  [Type.Bool, 'bool'],
  [Type.Int, 'integer'],
  [Type.Float, 'float32 or float64'],
  [Type.Decimal, 'decimal'],
  ...[Type.Utf8, Type.LargeUtf8, Type.Utf8View].map((id): [Type, string] => [
    id,
    'text of any kind',
  ]),
  ...[Type.Binary, Type.LargeBinary, Type.BinaryView].map((id): [Type, string] => [
    id,
    'binary of any kind',
  ]),
  [Type.FixedSizeBinary, 'fixed-size binary'],
  [Type.Date, 'date32'],
  [Type.Time, 'time below seconds'],
  [Type.Timestamp, 'timestamp below seconds'],
  [Type.Duration, 'duration'],
  [Type.Interval, 'interval'],
  ...[Type.List, Type.LargeList, Type.FixedSizeList].map((id): [Type, string] => [
    id,
    'list of any kind',
  ]),
  [Type.Struct, 'struct'],
  [Type.Map, 'map'],
  [Type.Union, 'union'],
]);

/** The names that unit, precision, scale, width or number of fields decide. */
function nameByParameters(type: DataType): string | undefined {
  if (DataType.isFloat(type) && type.precision === Precision.HALF) return 'float16';
  if (DataType.isDecimal(type) && (type.scale < 0 || type.scale > type.precision)) {
    return 'decimal whose scale is below 0 or above its precision';
  }
  if (DataType.isFixedSizeBinary(type) && type.byteWidth === 0) {
    return 'fixed-size binary of no bytes';
  }
  if (DataType.isStruct(type) && type.children.length === 0) return 'struct without fields';
  if (DataType.isDate(type) && type.unit === DateUnit.MILLISECOND) return 'date64';
  return secondsName(type);
}

function secondsName(type: DataType): string | undefined {
  if (DataType.isTime(type) && type.unit === TimeUnit.SECOND) return 'time in seconds';
  const isTimestamp = DataType.isTimestamp(type) && type.unit === TimeUnit.SECOND;
  return isTimestamp ? 'timestamp in seconds' : undefined;
}
