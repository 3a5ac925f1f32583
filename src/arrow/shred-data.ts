import { type Data, DataType } from 'apache-arrow';
import { childData } from './child-data.ts';
import { listRanges } from './list-reader.ts';
import { validity } from './validity.ts';

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
export function shredder(
  data: Data,
  path: readonly ShredNode[],
): (row: number, add: AddEntry) => void {
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
