import { type Data, DataType, type Field, Precision, type RecordBatch } from 'apache-arrow';
import { childData, validity } from '../../arrow/buffers.ts';
import { listRanges } from '../../arrow/lists.ts';
import { type Leaf, type PhysicalType, physicalTypes } from '../footer/column-chunk.ts';
import {
  binaryValue,
  type FieldValue,
  i32Value,
  newStruct,
  structValue,
} from '../footer/write-thrift.ts';
import type { PageStyle } from '../pages/encode-page.ts';
import type { AddedChunk } from './chunk-entry.ts';
import { type ChunkWriter, writeChunk } from './chunk-writer.ts';
import type { OutputFile } from './output-file.ts';

/** A leaf of an added column. */
export interface AddedLeaf extends Leaf {
  /** Which of the added columns it is of. */
  readonly column: number;
  readonly nodes: readonly ShredNode[];
}

/** Columns that come to a file: nodes for the end of its schema, and their leaves. */
export interface AddedSchema {
  readonly elements: readonly Uint8Array[];
  readonly leaves: readonly AddedLeaf[];
}

interface Path {
  readonly column: number;
  readonly names: readonly string[];
  readonly nodes: readonly ShredNode[];
  readonly definition: number;
  readonly repetition: number;
}

/**
 * The nodes and leaves of Arrow fields in Parquet, lists in three levels (`list`, `element`).
 *
 * @throws TypeError where a type is not one that toedit's operators add: Utf8, Int32, Int64, Float32, and lists and structs
 * of these.
 */
export function addedSchema(fields: readonly Field[]): AddedSchema {
  const elements: Uint8Array[] = [];
  const leaves: AddedLeaf[] = [];
  for (const [column, field] of fields.entries()) {
    const path = { column, names: [], nodes: [], definition: 0, repetition: 0 };
    addNode({ elements, leaves }, field, { ...path, names: [field.name] });
  }
  return { elements, leaves };
}

interface Schema {
  readonly elements: Uint8Array[];
  readonly leaves: AddedLeaf[];
}

function addNode(schema: Schema, field: Field, path: Path): void {
  const { nullable } = field;
  const type = field.type as DataType;
  const children = (type.children as Field[] | null) ?? [];
  const definition = path.definition + (nullable ? 1 : 0);
  if (children.length === 0) {
    addLeaf(schema, type, {
      ...path,
      definition,
      nodes: [...path.nodes, { nullable, child: undefined }],
    });
    return;
  }
  const isList = DataType.isList(type);
  schema.elements.push(
    elementOf(path, nullable, [[5, i32Value(children.length)], ...(isList ? listType : [])]),
  );
  if (isList) schema.elements.push(repeatedGroup);
  for (const [child, below] of children.entries()) {
    addNode(schema, below, {
      column: path.column,
      names: [...path.names, ...(isList ? ['list', 'element'] : [below.name])],
      nodes: [...path.nodes, { nullable, child }],
      definition: definition + (isList ? 1 : 0),
      repetition: path.repetition + (isList ? 1 : 0),
    });
  }
}

function addLeaf({ elements, leaves }: Schema, type: DataType, path: Path): void {
  const physicalType = physicalTypeOf(type);
  const { nullable } = path.nodes.at(-1) ?? { nullable: false };
  const kind: NewField = [1, i32Value(physicalTypes.indexOf(physicalType))];
  elements.push(
    elementOf(path, nullable, [kind, ...(physicalType === 'BYTE_ARRAY' ? textType : [])]),
  );
  leaves.push({
    column: path.column,
    path: path.names,
    physicalType,
    typeLength: 0,
    maxDefinitionLevel: path.definition,
    maxRepetitionLevel: path.repetition,
    nodes: path.nodes,
  });
}

type NewField = readonly [number, FieldValue];

/** SchemaElement: 1 is type, 3 repetition_type (1: optional), 4 name, 5 num_children, 6 converted_type, 10 logicalType. */
function elementOf({ names }: Path, nullable: boolean, more: readonly NewField[]): Uint8Array {
  const name = binaryValue(names.at(-1) ?? '');
  return newStruct([[3, i32Value(nullable ? 1 : 0)], [4, name], ...more]);
}

const repeatedGroup = newStruct([
  [3, i32Value(2)],
  [4, binaryValue('list')],
  [5, i32Value(1)],
]);

/** A ConvertedType, and the LogicalType whose field of the union is `logical`. */
function annotation(converted: number, logical: number): NewField[] {
  const empty = structValue(newStruct([]));
  return [
    [6, i32Value(converted)],
    [10, structValue(newStruct([[logical, empty]]))],
  ];
}

const textType = annotation(0, 1);
const listType = annotation(3, 3);

function physicalTypeOf(type: DataType): PhysicalType {
  if (DataType.isUtf8(type)) return 'BYTE_ARRAY';
  if (DataType.isInt(type) && type.isSigned && type.bitWidth === 32) return 'INT32';
  if (DataType.isInt(type) && type.isSigned && type.bitWidth === 64) return 'INT64';
  if (DataType.isFloat(type) && type.precision === Precision.SINGLE) return 'FLOAT';
  throw new TypeError(`a column of type ${String(type)} cannot be added to a Parquet file`);
}

/** How the chunks of added columns are written: as the file's own are. */
export interface AddedStyle extends PageStyle {
  /** CompressionCodec of parquet.thrift. */
  readonly codec: number;
}

/**
 * Writes the chunks of added columns for one row group.
 *
 * @param batches - the row group's rows, the added columns in their order.
 */
export async function writeAdded(
  output: OutputFile,
  { leaves }: AddedSchema,
  batches: readonly RecordBatch[],
  style: AddedStyle,
): Promise<AddedChunk[]> {
  const chunks: AddedChunk[] = [];
  for (const leaf of leaves) {
    const writer = writeChunk(output, { leaf, codec: style.codec, withBounds: false });
    writer.startPage(style);
    for (const batch of batches) await addRows(writer, leaf, batch);
    const type = physicalTypes.indexOf(leaf.physicalType);
    const written = await writer.finish();
    chunks.push({ written, type, codec: style.codec, path: leaf.path });
  }
  return chunks;
}

async function addRows(writer: ChunkWriter, leaf: AddedLeaf, batch: RecordBatch): Promise<void> {
  const data = batch.data.children[leaf.column];
  if (data === undefined) throw new RangeError(`a batch has no column ${leaf.column}`);
  const shred = shredder(data, leaf.nodes);
  for (let row = 0; row < batch.numRows; row++) {
    if (writer.isDue(0)) await writer.writePage();
    shred(row, writer.add);
  }
}

/** What to do with an entry of a leaf: its value is undefined where a level says null or an empty list. */
export type AddEntry = (
  repetition: number,
  definition: number,
  value: Uint8Array | undefined,
) => void;

/** A node of a column's type, as far as one leaf is below it. */
export interface ShredNode {
  readonly nullable: boolean;
  /** Which child leads to the leaf: of a struct one of several, of a list 0; undefined: it is the leaf. */
  readonly child: number | undefined;
}

/**
 * Reads the entries of one leaf (Dremel's levels, as Parquet has them) of each row of nested data.
 *
 * @param path - the nodes from the column down to the leaf. Leaves are Utf8, Int32, Int64 or Float32.
 */
function shredder(data: Data, path: readonly ShredNode[]): (row: number, add: AddEntry) => void {
  const walk = walker(data, path, { repetition: 0, definition: 0 });
  return (row, add) => {
    walk(row, 0, add);
  };
}

/** Adds the entries of an item; the first has the given repetition level. */
type Walk = (index: number, repetition: number, add: AddEntry) => void;

interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

function walker(data: Data, path: readonly ShredNode[], levels: Levels): Walk {
  const [node, ...rest] = path;
  if (node === undefined) throw new RangeError('a path of a leaf is empty');
  const { repetition } = levels;
  const definition = levels.definition + (node.nullable ? 1 : 0);
  const below = walkerBelow(data, { node, rest }, { repetition, definition });
  const bits = node.nullable ? validity(data) : undefined;
  if (bits === undefined) return below;
  return (index, first, add) => {
    const isValid = (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
    if (isValid) below(index, first, add);
    else add(first, levels.definition, undefined);
  };
}

function walkerBelow(
  data: Data,
  { node, rest }: { readonly node: ShredNode; readonly rest: readonly ShredNode[] },
  levels: Levels,
): Walk {
  if (node.child === undefined) {
    const valueAt = valueReader(data);
    return (index, first, add) => add(first, levels.definition, valueAt(index));
  }
  if (!DataType.isList(data.type)) return walker(childData(data, node.child), rest, levels);
  const ranges = listRanges(data);
  const inner = { repetition: levels.repetition + 1, definition: levels.definition + 1 };
  const walkItem = walker(childData(data, 0), rest, inner);
  return (index, first, add) => {
    const [start, end] = ranges(index);
    if (start === end) add(first, levels.definition, undefined);
    for (let i = start; i < end; i++) walkItem(i, i === start ? first : inner.repetition, add);
  };
}

function valueReader(data: Data): (index: number) => Uint8Array {
  const values = data.values as Uint8Array | Int32Array | Float32Array | BigInt64Array;
  if (DataType.isUtf8(data.type)) {
    const ranges = listRanges(data);
    const bytes = values as Uint8Array;
    return (index) => bytes.subarray(...ranges(index));
  }
  // Typed arrays are little-endian wherever Node runs, as PLAIN values are.
  const width = values.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return (index) => bytes.subarray(index * width, (index + 1) * width);
}
