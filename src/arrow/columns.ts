import {
  type Data,
  DataType,
  type Field,
  makeData,
  RecordBatch,
  Schema,
  Struct,
} from 'apache-arrow';
import { columnNames } from '../columns.ts';
import { ToeditError } from '../errors.ts';
import { requireBatch } from '../operator.ts';

/** A column of a record batch: its field and its data. */
export interface Column {
  readonly field: Field;
  readonly data: Data;
}

/**
 * The column of that name (the first, where names repeat).
 *
 * @throws ToeditError `COLUMN_MISSING`, listing the columns there are, or naming the operator that adds it.
 */
export function columnOf(batch: RecordBatch, name: string): Column {
  requireBatch(batch);
  const index = batch.schema.fields.findIndex((field) => field.name === name);
  const field = batch.schema.fields[index];
  const data = batch.data.children[index];
  if (field !== undefined && data !== undefined) return { field, data };
  const names = batch.schema.fields.map((other) => JSON.stringify(other.name)).join(', ');
  const adder = adders[name];
  const remedy =
    adder === undefined
      ? `the columns are ${names || 'none'}; name one of them`
      : `${adder} adds it, and must come before this operator`;
  throw new ToeditError('COLUMN_MISSING', `no column ${JSON.stringify(name)}: ${remedy}`);
}

/** The operator that adds each column. */
const adders: Readonly<Record<string, string>> = {
  [columnNames.tokenIds]: 'tokenize',
  [columnNames.passReason]: 'tokenize',
  [columnNames.tokenLogprobs]: 'scoreTokens',
  [columnNames.candidates]: 'scoreTokens, with a threshold,',
  [columnNames.edits]: 'resampleTokens',
  [columnNames.editCounts]: 'resampleTokens',
};

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

/**
 * Makes sure that columns an operator adds are not there yet.
 *
 * @throws ToeditError COLUMN_EXISTS naming the first that is.
 */
export function requireAbsent(batch: RecordBatch, names: readonly string[]): void {
  requireBatch(batch);
  requireAbsentFrom(
    batch.schema.fields.map(({ name }) => name),
    names,
  );
}

/** The same of columns of which only the names are known. */
export function requireAbsentFrom(columns: readonly string[], names: readonly string[]): void {
  const name = names.find((added) => columns.includes(added));
  if (name === undefined) return;
  throw new ToeditError(
    'COLUMN_EXISTS',
    `column ${JSON.stringify(name)} exists already, and toedit adds one of that name: drop or rename it first`,
  );
}

/**
 * The batch with the columns put in place of those of the same name, or appended in the order given. Schema and batch
 * metadata stay. Nothing is copied.
 *
 * @throws RangeError where a column's length is not the batch's.
 */
export function withColumns(batch: RecordBatch, columns: readonly Column[]): RecordBatch {
  const all = columnsOf(batch);
  for (const column of columns) {
    if (column.data.length !== batch.numRows) {
      throw new RangeError(
        `column ${column.field.name} has ${column.data.length} rows, its batch ${batch.numRows}`,
      );
    }
    const index = all.findIndex(({ field }) => field.name === column.field.name);
    if (index === -1) all.push(column);
    else all[index] = column;
  }
  return rebuild(batch, all);
}

/**
 * The batch without the columns of these names; names it does not have are ignored. Schema and batch metadata stay.
 * A batch that keeps no column has no rows.
 */
export function withoutColumns(batch: RecordBatch, names: readonly string[]): RecordBatch {
  return rebuild(
    batch,
    columnsOf(batch).filter(({ field }) => !names.includes(field.name)),
  );
}

function columnsOf(batch: RecordBatch): Column[] {
  return batch.schema.fields.flatMap((field: Field, index) => {
    const data = batch.data.children[index];
    return data === undefined ? [] : [{ field, data }];
  });
}

function rebuild(batch: RecordBatch, columns: readonly Column[]): RecordBatch {
  const fields = columns.map(({ field }) => field);
  const children = columns.map(({ data }) => data);
  const schema = new Schema(fields, new Map(batch.schema.metadata));
  const length = columns.length === 0 ? 0 : batch.numRows;
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  return new RecordBatch(schema, data, batch.metadata);
}

/** A batch of these columns, with the rows and the metadata of its own that the other has; its schema has none. */
export function batchOfColumns(
  columns: readonly Column[],
  { numRows: length, metadata }: Pick<RecordBatch, 'numRows' | 'metadata'>,
): RecordBatch {
  const fields = columns.map(({ field }) => field);
  const children = columns.map(({ data }) => data);
  const type = new Struct(fields);
  const data = makeData({ type, length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields), data, metadata);
}
