import { Data, DataType, type Field, type RecordBatch } from 'apache-arrow';
import { childData, validity } from '../arrow/buffers.ts';
import { isBytesLike } from '../arrow/byte-cells.ts';
import { batchOfColumns, type Column, columnOf, withColumns } from '../arrow/columns.ts';
import { concatData } from '../arrow/concat/concat-data.ts';
import {
  joinTexts,
  replaceTextColumn,
  requireEditable,
  type TextColumn,
  textColumn,
} from '../arrow/text-column.ts';
import { ToeditError } from '../errors.ts';
import { hasRole, type PathStep, placeOf, type TextPath } from './text-path.ts';
import type { FoundText } from './text-rows.ts';
import type { TextSelection } from './text-selection.ts';

/** A text of a row, and where its value is among those of its path's leaf. */
export interface CellText extends FoundText {
  readonly cell: number;
}

/** The texts of a record batch's rows, and the leaves that hold them. */
export interface BatchTexts {
  /** Of a row, by path and place: those that are not null. */
  texts(row: number): readonly CellText[];
  /**
   * The batch with other texts in the leaves; a leaf keeps its type, its nulls, and all lists and structs around it.
   *
   * @param changed - for each path, the bytes to put into cells of its leaf
   * @param anew - make dictionaries anew, whether their texts changed or not
   */
  replace(changed: readonly ReadonlyMap<number, Uint8Array>[], anew: boolean): RecordBatch;
}

/**
 * Finds the texts of a record batch, sliced or not.
 *
 * @throws ToeditError `COLUMN_MISSING` (listing what there is), `COLUMN_TYPE`.
 */
export function textsOfBatch(
  given: RecordBatch,
  selection: Pick<TextSelection, 'paths' | 'roles' | 'roleField'>,
): BatchTexts {
  const batch = withOwnChildren(given, selection);
  const leaves = selection.paths.map((path) => leafOf(batch, path, selection));
  return {
    texts: (row) =>
      leaves.flatMap((leaf, path) => [...textsOfLeaf(leaf, { row, path }, selection)]),
    replace: (changed, anew) =>
      leaves.reduce((edited, leaf, path) => {
        const own = changed[path] ?? new Map<number, Uint8Array>();
        const isMadeAnew = anew && DataType.isDictionary(leaf.field.type);
        return own.size === 0 && !isMadeAnew ? edited : withLeaf(edited, leaf, own);
      }, batch),
  };
}

/** The batch whose columns that are gone into hold its own rows alone: a slice has the children of the whole. */
function withOwnChildren(batch: RecordBatch, { paths }: Pick<TextSelection, 'paths'>): RecordBatch {
  const names = paths.flatMap((path) => nestedColumn(batch, path) ?? []);
  if (names.length === 0) return batch;
  const columns = [...new Set(names)].map((name) => columnOf(batch, name));
  return withColumns(
    batch,
    columns.map(({ field, data }) => ({ field, data: concatData([data]) })),
  );
}

/** The name of the column that a path begins with; undefined where the path is the whole name of one. */
function nestedColumn(batch: RecordBatch, { text, steps: [first, second] }: TextPath) {
  const isWhole = batch.schema.fields.some(({ name }) => name === text);
  return isWhole || second === undefined || typeof first !== 'object' ? undefined : first.name;
}

/** Data that is gone into on the way to a leaf. */
interface Node {
  readonly data: Data;
  /** Which of its children is gone into. */
  readonly child: number;
  /** Of a list where the items of each begin and end; undefined of a struct. */
  readonly ranges: ((cell: number) => readonly [number, number]) | undefined;
  /** Of a struct the role of each; undefined where it has none. */
  readonly roles: TextColumn | undefined;
  readonly isThere: (cell: number) => boolean;
}

interface Leaf {
  readonly path: TextPath;
  /** Whether the path is the name of a column as it stands. */
  readonly isWhole: boolean;
  readonly column: Column;
  readonly nodes: readonly Node[];
  readonly field: Field;
  readonly data: Data;
  readonly text: TextColumn;
}

function leafOf(
  batch: RecordBatch,
  path: TextPath,
  { roles, roleField }: Pick<TextSelection, 'roles' | 'roleField'>,
): Leaf {
  const nested = nestedColumn(batch, path);
  const isWhole = nested === undefined;
  const column = columnOf(batch, nested ?? path.text);
  const nodes: Node[] = [];
  let { field, data } = column;
  const wanted = roles === undefined ? undefined : roleField;
  for (const step of isWhole ? [] : path.steps.slice(1)) {
    const node = step === 'items' ? listNode(data, path) : structNode(data, { step, path, wanted });
    nodes.push(node);
    field = data.type.children[node.child] as Field;
    data = childData(data, node.child);
  }
  const text = leafText({ field, data }, path);
  requireEditable(batchOf({ field, data }), field.name);
  return { path, isWhole, column, nodes, field, data, text };
}

function listNode(data: Data, path: TextPath): Node {
  const { type } = data;
  if (DataType.isList(type) || DataType.isLargeList(type)) {
    const offsets = data.valueOffsets as Int32Array | BigInt64Array;
    const ranges = (cell: number) => [Number(offsets[cell]), Number(offsets[cell + 1])] as const;
    return { data, child: 0, ranges, roles: undefined, isThere: isThereIn(data) };
  }
  throw notThatShape(String(type), path, 'no list, so nothing can be in its []');
}

function structNode(
  data: Data,
  {
    step: { name },
    path,
    wanted,
  }: {
    readonly step: Exclude<PathStep, 'items'>;
    readonly path: TextPath;
    readonly wanted: string | undefined;
  },
): Node {
  const { type } = data;
  if (!DataType.isStruct(type)) {
    throw notThatShape(String(type), path, `no struct, so it has no ${JSON.stringify(name)}`);
  }
  const child = type.children.findIndex((field) => field.name === name);
  if (child === -1) {
    const names = type.children.map((field) => JSON.stringify(field.name)).join(', ');
    throw new ToeditError(
      'COLUMN_MISSING',
      `no ${JSON.stringify(path.text)}: where ${JSON.stringify(name)} should be there is ${names || 'nothing'}; name one of these`,
    );
  }
  const role = wanted === undefined ? -1 : type.children.findIndex(({ name: n }) => n === wanted);
  const roleField = type.children[role];
  const roles = roleField && leafText({ field: roleField, data: childData(data, role) }, path);
  return { data, child, ranges: undefined, roles, isThere: isThereIn(data) };
}

function isThereIn(data: Data): (cell: number) => boolean {
  const bits = validity(data);
  return (cell) => bits === undefined || (((bits[cell >> 3] ?? 0) >> (cell & 7)) & 1) === 1;
}

/** A batch of that column alone. */
function batchOf(column: Column): RecordBatch {
  return batchOfColumns([column], { numRows: column.data.length, metadata: new Map() });
}

function leafText({ field, data }: Column, path: TextPath): TextColumn {
  if (!isBytesLike(data.type)) {
    const isList = DataType.isList(data.type);
    const remedy = isList ? `its items are ${path.text}[]` : 'a text is a string';
    throw notThatShape(String(data.type), path, `no text: ${remedy}`);
  }
  return textColumn(batchOf({ field, data }), field.name);
}

function notThatShape(type: string, path: TextPath, what: string): ToeditError {
  return new ToeditError(
    'COLUMN_TYPE',
    `what ${JSON.stringify(path.text)} leads through is ${type}: ${what}; name another path`,
  );
}

interface LeafWalk {
  readonly row: number;
  readonly path: number;
}

function* textsOfLeaf(
  leaf: Leaf,
  { row, path }: LeafWalk,
  { roles }: Pick<TextSelection, 'roles'>,
): Generator<CellText> {
  let item = 0;
  for (const { cell, items, role } of cellsOf(leaf, row)) {
    if (leaf.text.isNull(cell)) continue;
    const own = item++;
    if (roles !== undefined && hasRole(leaf.path) && !roles.has(role ?? '')) continue;
    const place = leaf.isWhole ? leaf.path.text : placeOf(leaf.path, items);
    yield { path, item: own, place, bytes: leaf.text.bytes(cell), reason: null, cell };
  }
}

interface Cell {
  readonly cell: number;
  readonly items: readonly number[];
  readonly role: string | undefined;
}

/** The cells of a leaf that a row leads to, null or not. */
function cellsOf({ nodes }: Leaf, row: number): readonly Cell[] {
  let cells: readonly Cell[] = [{ cell: row, items: [], role: undefined }];
  for (const [at, node] of nodes.entries()) {
    const present = cells.filter(({ cell }) => node.isThere(cell));
    const isItem = nodes[at - 1]?.ranges !== undefined;
    if (node.ranges !== undefined) cells = itemsOf(node.ranges, present);
    else cells = isItem ? withRoles(node, present) : present;
  }
  return cells;
}

function itemsOf(ranges: NonNullable<Node['ranges']>, cells: readonly Cell[]): readonly Cell[] {
  return cells.flatMap(({ cell, items, role }) => {
    const [begin, end] = ranges(cell);
    return Array.from({ length: end - begin }, (_, index) => ({
      ...{ cell: begin + index, items: [...items, index], role },
    }));
  });
}

function withRoles({ roles }: Node, cells: readonly Cell[]): readonly Cell[] {
  if (roles === undefined) return cells;
  return cells.map((each) =>
    roles.isNull(each.cell) ? each : { ...each, role: decoder.decode(roles.bytes(each.cell)) },
  );
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The batch with other bytes in some cells of a leaf. */
function withLeaf(
  batch: RecordBatch,
  { column, nodes, field, data, text, path, isWhole }: Leaf,
  changed: ReadonlyMap<number, Uint8Array>,
): RecordBatch {
  const cells = Array.from(
    { length: data.length },
    (_, cell) => changed.get(cell) ?? text.bytes(cell),
  );
  const leaf = replaceTextColumn(
    batchOf({ field, data }),
    field.name,
    joinTexts(cells, text.validity),
  );
  let edited = columnOf(leaf, field.name).data;
  // Another path may have changed what lies beside it since.
  const now = isWhole ? [] : nodesNow(columnOf(batch, column.field.name).data, nodes);
  for (const node of now.toReversed()) edited = around(node, edited);
  if (edited.length !== batch.numRows) throw new RangeError(`${path.text} lost its rows`);
  return withColumns(batch, [{ field: column.field, data: edited }]);
}

function nodesNow(top: Data, nodes: readonly Node[]): readonly Node[] {
  let data = top;
  return nodes.map((node) => {
    const now = { ...node, data };
    data = childData(data, node.child);
    return now;
  });
}

/** The node's data with another child where the path goes on. */
function around({ data, child: at }: Node, child: Data): Data {
  const { type, offset, length, nullCount } = data;
  const children = type.children.map((_, index) => (index === at ? child : childData(data, index)));
  return new Data(type, offset, length, nullCount, data, children);
}
