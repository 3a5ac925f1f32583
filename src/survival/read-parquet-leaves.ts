import { ToeditError } from '../errors.ts';
import { readBytes } from '../files/read-bytes.ts';
import { checkParquetEnds } from '../parquet/check-parquet-ends.ts';
import {
  readBinary,
  readField,
  readListHeader,
  readZigzag,
  skipValue,
  type ThriftCursor,
  thriftTypes,
} from '../parquet/thrift-cursor.ts';

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
  const place = await checkParquetEnds(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBytes(path, place)) chunks.push(chunk);
  try {
    return leavesOf(readSchema({ bytes: Buffer.concat(chunks), at: 0 }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToeditError(
      'FILE_CORRUPT',
      `${path} is damaged: its schema cannot be read (${reason}); fetch the file again or leave it out`,
      { place: { file: path }, cause },
    );
  }
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

/** FileMetaData: 2 is schema, a list of SchemaElement. */
function readSchema(cursor: ThriftCursor): Node[] {
  const nodes: Node[] = [];
  readStruct(cursor, (id, kind) => {
    if (id !== 2 || kind !== thriftTypes.list) return skipValue(cursor, kind);
    const { length } = readListHeader(cursor);
    for (let i = 0; i < length; i++) nodes.push(readNode(cursor));
  });
  return nodes;
}

/** 1 is type, 4 name, 5 num_children, 6 converted_type, 10 logicalType. */
function readNode(cursor: ThriftCursor): Node {
  const numbers = new Map<number, number>();
  let name = '';
  let logical: LogicalType | undefined;
  readStruct(cursor, (id, kind) => {
    if (kind === thriftTypes.i32) numbers.set(id, readZigzag(cursor));
    else if (id === 4 && kind === thriftTypes.binary) name = readBinary(cursor).toString('utf8');
    else if (id === 10 && kind === thriftTypes.struct) logical = readLogicalType(cursor);
    else skipValue(cursor, kind);
  });
  const [children = 0, physical, converted] = [numbers.get(5), numbers.get(1), numbers.get(6)];
  return { name, children, physical, converted, logical };
}

/** A union: the field that is there says which. Of TIME and TIMESTAMP, 1 is isAdjustedToUTC. */
function readLogicalType(cursor: ThriftCursor): LogicalType | undefined {
  let found: LogicalType | undefined;
  readStruct(cursor, (id, kind) => {
    let isInUtc = false;
    if (kind !== thriftTypes.struct) skipValue(cursor, kind);
    else {
      readStruct(cursor, (inner, innerKind) => {
        if (inner === 1) isInUtc = innerKind === thriftTrue;
        skipValue(cursor, innerKind);
      });
    }
    found = { id, isInUtc };
  });
  return found;
}

const thriftTrue = 1;

function readStruct(cursor: ThriftCursor, read: (id: number, kind: number) => void): void {
  for (let field = readField(cursor, 0); field !== null; field = readField(cursor, field.id)) {
    read(field.id, field.kind);
  }
}

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
  return convertedNames[converted] ?? physicalNames[physical] ?? `physical type ${physical}`;
}

function isTemporal(name: string): boolean {
  return name === 'TIME' || name === 'TIMESTAMP';
}

/** Type of parquet.thrift. */
const physicalNames: readonly string[] = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
];

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
