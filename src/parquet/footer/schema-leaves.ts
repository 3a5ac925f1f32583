import { type Leaf, physicalTypes } from './column-chunk.ts';
import { binaryIn, countIn, integerIn, structIn, type ThriftStruct } from './thrift-struct.ts';

/** A column of the file, with what its schema says of it. */
export interface SchemaLeaf extends Leaf {
  /** True of a BYTE_ARRAY annotated as STRING, ENUM or JSON (UTF8, ENUM and JSON of old writers). */
  readonly isText: boolean;
  /** False of what a logical type makes something else of than text or plain bytes, such as a DECIMAL. */
  readonly isPlain: boolean;
  /** True of a column of nulls alone, whatever its physical type. */
  readonly isNull: boolean;
}

/** True of a leaf whose values can be texts: byte arrays, also of a fixed length, or none. */
export function holdsTexts({ physicalType, isPlain, isNull }: SchemaLeaf): boolean {
  return isNull || (isPlain && physicalType.endsWith('BYTE_ARRAY'));
}

interface Group {
  readonly path: readonly string[];
  readonly definition: number;
  readonly repetition: number;
  /** Children that are still to come. */
  left: number;
}

/**
 * The leaves of a schema, in its order, which is that of the column chunks. SchemaElement: 1 is type, 2 type_length,
 * 3 repetition_type, 4 name, 5 num_children.
 *
 * @param elements - the schema's nodes, depth first, the root before all.
 * @throws Error where they are no tree, or a leaf is of no known type.
 */
export function schemaLeaves(elements: readonly ThriftStruct[]): SchemaLeaf[] {
  const [root, ...rest] = elements;
  if (root === undefined) throw new Error('it has no schema');
  const leaves: SchemaLeaf[] = [];
  const open: Group[] = [{ path: [], definition: 0, repetition: 0, left: childrenOf(root) }];
  for (const element of rest) {
    while (open.at(-1)?.left === 0) open.pop();
    const parent = open.at(-1);
    if (parent === undefined) throw new Error('its schema has more nodes than children');
    parent.left--;
    const node = nodeOf(element, parent);
    const type = integerIn(element, 1);
    if (type === undefined) open.push(node);
    else leaves.push(leafOf(element, type, node));
  }
  if (open.some(({ left }) => left > 0))
    throw new Error('its schema has fewer nodes than children');
  return leaves;
}

function childrenOf(element: ThriftStruct): number {
  return countIn(element, 5) ?? 0;
}

function nodeOf(element: ThriftStruct, parent: Group): Group {
  const name = binaryIn(element, 4);
  if (name === undefined) throw new Error('a node of its schema has no name');
  const repetitionType = integerIn(element, 3) ?? 0;
  const node = {
    path: [...parent.path, Buffer.from(name).toString('utf8')],
    definition: parent.definition + (repetitionType === 0 ? 0 : 1),
    repetition: parent.repetition + (repetitionType === 2 ? 1 : 0),
    left: childrenOf(element),
  };
  if (node.definition > 255 || node.path.length > 1000)
    throw new Error('its schema nests too deep');
  return node;
}

function leafOf(element: ThriftStruct, type: number, node: Group): SchemaLeaf {
  const physicalType = physicalTypes[type];
  if (physicalType === undefined) throw new Error(`physical type ${type} is unknown`);
  const isFixed = physicalType === 'FIXED_LEN_BYTE_ARRAY';
  return {
    path: node.path,
    physicalType,
    typeLength: isFixed ? (countIn(element, 2) ?? 0) : 0,
    maxDefinitionLevel: node.definition,
    maxRepetitionLevel: node.repetition,
    isText: physicalType === 'BYTE_ARRAY' && isAnnotatedAsText(element),
    isPlain: isAnnotatedAsText(element) || !isAnnotated(element),
    isNull: structIn(element, 10)?.fields[0]?.id === nullType,
  };
}

/** LogicalType of parquet.thrift. */
const nullType = 11;

function isAnnotated(element: ThriftStruct): boolean {
  return structIn(element, 10) !== undefined || integerIn(element, 6) !== undefined;
}

/** SchemaElement: 6 is converted_type, 10 logicalType, a union: the id of its one field says the type. */
function isAnnotatedAsText(element: ThriftStruct): boolean {
  const logical = structIn(element, 10)?.fields[0]?.id;
  if (logical !== undefined) return logical === 1 || logical === 4 || logical === 12;
  const converted = integerIn(element, 6);
  return converted === 0 || converted === 4 || converted === 19;
}
