import { DataType, type Field, type RecordBatch } from 'apache-arrow';
import { ToeditError } from '../errors.ts';
import { type Column, columnOf } from './column-of.ts';

/**
 * A column that an operator added, as `src/columns.ts` defines it; it may have been to a file and back.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function addedColumn(batch: RecordBatch, name: string, type: DataType): Column {
  const column = columnOf(batch, name);
  if (sameStorage(column.field.type, type)) return column;
  throw new ToeditError(
    'COLUMN_TYPE',
    `column ${JSON.stringify(name)} is ${String(column.field.type)}, not ${String(type)}: score and resample the text again`,
  );
}

/** Equal but for the names and nullability of list items, which files may alter. */
function sameStorage(type: DataType, expected: DataType): boolean {
  const children = childFields(type);
  const wanted = childFields(expected);
  return (
    type.typeId === expected.typeId &&
    children.length === wanted.length &&
    (wanted.length > 0 || String(type) === String(expected)) &&
    wanted.every((field, index) => {
      const child = children[index];
      const isNamed = !DataType.isStruct(type) || child?.name === field.name;
      return child !== undefined && isNamed && sameStorage(child.type, field.type);
    })
  );
}

/** Types that hold no others have null there, whatever apache-arrow declares. */
function childFields(type: DataType): readonly Field[] {
  return (type.children as readonly Field[] | null) ?? [];
}
