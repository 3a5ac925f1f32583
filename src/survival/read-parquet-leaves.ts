import { physicalTypes } from '../parquet/footer/column-chunk.ts';
import { inFooter, readFileMetadata } from '../parquet/footer/file-metadata.ts';
import { thriftTypes } from '../parquet/footer/thrift-cursor.ts';
import {
  binaryIn,
  countIn,
  fieldOf,
  integerIn,
  structIn,
  structsIn,
  type ThriftStruct,
} from '../parquet/footer/thrift-struct.ts';

/** A column of a Parquet file as its footer describes it, or a group whose annotation makes it more than its members. */
export interface ParquetLeaf {
  /** The names from the column down, with dots between. */
  readonly path: string;
  /** A key of `parquetTypes`, or the number of a logical type that is not known: `logical type 19`. */
  readonly type: string;
}

/**
 * Reads the types of a Parquet file's leaf columns, and its VARIANT groups, from the footer alone.
 *
 * @throws ToeditError `FILE_UNREADABLE`, `FORMAT_UNKNOWN` or `FILE_CORRUPT`.
 */
export async function readParquetLeaves(path: string): Promise<ParquetLeaf[]> {
  const { struct } = await readFileMetadata(path);
  // FileMetaData: 2 is schema, a list of SchemaElement.
  return inFooter({ file: path }, () => leavesOf(structsIn(struct, 2).map(nodeOf)));
}

/** SchemaElement: a node of the schema, depth first. */
interface Node {
  readonly name: string;
  readonly children: number;
  readonly physical: number | undefined;
  readonly converted: number | undefined;
  readonly logical: LogicalType | undefined;
}

interface LogicalType {
  readonly id: number;
  readonly isInUtc: boolean;
}

/** 1 is type, 4 name, 5 num_children, 6 converted_type, 10 logicalType. */
function nodeOf(element: ThriftStruct): Node {
  return {
    name: Buffer.from(binaryIn(element, 4) ?? []).toString('utf8'),
    children: countIn(element, 5) ?? 0,
    physical: integerIn(element, 1),
    converted: integerIn(element, 6),
    logical: logicalTypeOf(structIn(element, 10)),
  };
}

/** A union: the field that is there says which. Of TIME and TIMESTAMP, 1 is isAdjustedToUTC. */
function logicalTypeOf(union: ThriftStruct | undefined): LogicalType | undefined {
  const [field] = union?.fields ?? [];
  if (union === undefined || field === undefined) return undefined;
  const type = field.kind === thriftTypes.struct ? structIn(union, field.id) : undefined;
  const isInUtc = type !== undefined && fieldOf(type, 1)?.kind === thriftTrue;
  return { id: field.id, isInUtc };
}

const thriftTrue = 1;

/** @throws Error where the nodes are no tree. */
function leavesOf(nodes: readonly Node[]): ParquetLeaf[] {
  const leaves: ParquetLeaf[] = [];
  let next = 1;
  const walk = (children: number, parent: string): void => {
    for (let i = 0; i < children; i++) {
      const node = nodes[next++];
      if (node === undefined) throw new Error('it has fewer nodes than it states');
      const path = `${parent}${node.name}`;
      const isLeaf = node.physical !== undefined;
      if (isLeaf || !isPlainGroup(node)) leaves.push({ path, type: typeOf(node) });
      if (!isLeaf) walk(node.children, `${path}.`);
    }
  };
  walk(nodes[0]?.children ?? 0, '');
  if (next !== nodes.length) throw new Error('it has more nodes than it states');
  return leaves;
}

/** A struct, list or map. */
function isPlainGroup({ logical }: Node): boolean {
  return logical === undefined || logical.id === 2 || logical.id === 3;
}

function typeOf({ physical = -1, converted = -1, logical }: Node): string {
  if (logical !== undefined) {
    const name = logicalNames[logical.id] ?? `logical type ${logical.id}`;
    return logical.isInUtc && isTemporal(name) ? `${name} in UTC` : name;
  }
  return convertedNames[converted] ?? physicalTypes[physical] ?? `physical type ${physical}`;
}

function isTemporal(name: string): boolean {
  return name === 'TIME' || name === 'TIMESTAMP';
}

/** ConvertedType of parquet.thrift; what it says of groups is left out. */
const convertedNames: Readonly<Record<number, string>> = {
  0: 'STRING',
  4: 'ENUM',
  5: 'DECIMAL',
  6: 'DATE',
  7: 'TIME in UTC',
  8: 'TIME in UTC',
  9: 'TIMESTAMP in UTC',
  10: 'TIMESTAMP in UTC',
  ...Object.fromEntries([11, 12, 13, 14, 15, 16, 17, 18].map((id) => [id, 'INT'])),
  19: 'JSON',
  20: 'BSON',
  21: 'INTERVAL',
};

/** LogicalType of parquet.thrift. */
const logicalNames: Readonly<Record<number, string>> = {
  1: 'STRING',
  4: 'ENUM',
  5: 'DECIMAL',
  6: 'DATE',
  7: 'TIME',
  8: 'TIMESTAMP',
  10: 'INT',
  11: 'NULL',
  12: 'JSON',
  13: 'BSON',
  14: 'UUID',
  15: 'FLOAT16',
  16: 'VARIANT',
  17: 'GEOMETRY',
  18: 'GEOGRAPHY',
};
