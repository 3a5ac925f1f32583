import { BufferType, type Data, type Dictionary, makeData, Type, Vector } from 'apache-arrow';
import { CannotMerge, ownedData, type Pieces } from '../buffers.ts';
import { byteCells, isBytes } from '../byte-cells.ts';

/**
 * Joins pieces of dictionary data. Where they index different values, the joined dictionary holds the values that rows
 * use, by first use, and the indices are rewritten.
 *
 * @param concat - joins the pieces of the dictionary's values.
 * @throws CannotMerge where an index no longer fits its type, or the order of a dictionary means something.
 */
export function concatDictionaryData(pieces: Pieces, concat: (pieces: Pieces) => Data): Data {
  const filled = pieces.filter(({ length }) => length > 0);
  const first = filled[0] ?? pieces[0];
  const type = first.type as Dictionary;
  const isShared = filled.every((piece) => sharesDictionary(first, piece));
  const grown = isShared ? undefined : growingDictionary(type, concat);
  const rows = filled.reduce((sum, { length }) => sum + length, 0);
  const indices = new type.indices.ArrayType(rows) as Uint8Array;
  let at = 0;
  for (const piece of filled) {
    indices.set(grown?.indicesOf(piece) ?? piece.values.subarray(0, piece.length), at);
    at += piece.length;
  }
  const dictionary = valuesOf(first, grown?.chunks, concat);
  return ownedData(pieces, { buffers: { [BufferType.DATA]: indices }, dictionary });
}

function valuesOf(
  first: Data,
  grown: readonly Data[] | undefined,
  concat: (pieces: Pieces) => Data,
): Vector {
  const shared = dictionaryOf(first);
  if (grown === undefined && shared.length > 0) return shared;
  const empty = makeData({ type: shared.type, length: 0 });
  return new Vector([concat([empty, ...(grown ?? [])])]);
}

/** A dictionary to which the values of other dictionaries of its type are added, each once, as rows use them. */
export interface GrowingDictionary {
  /** The values so far. A chunk once there stays as it is. */
  readonly chunks: readonly Data[];
  /**
   * The indices of a column in this dictionary, which grows by the values it lacks; 0 where the row is null.
   *
   * @throws CannotMerge where an index no longer fits its type.
   */
  indicesOf(data: Data): Uint8Array;
}

/** A place in a dictionary: its chunk, and the position there. */
interface Entry {
  readonly chunk: Data;
  readonly at: number;
}

/**
 * A dictionary of that type.
 *
 * @param concat - joins the pieces of the dictionary's values.
 * @param seed - the chunks it begins with.
 * @throws CannotMerge where it would grow though its order means something.
 */
export function growingDictionary(
  type: Dictionary,
  concat: (pieces: Pieces) => Data,
  seed: readonly Data[] = [],
): GrowingDictionary {
  if (type.isOrdered) throw new CannotMerge('dictionaries of different order');
  const chunks = [...seed];
  const numberOf = numbering(type, seed);
  const numbersOf = new WeakMap<Vector, Map<number, number>>();
  const indicesOf = (data: Data): Uint8Array => {
    const dictionary = dictionaryOf(data);
    const numbers = numbersOf.get(dictionary) ?? new Map<number, number>();
    numbersOf.set(dictionary, numbers);
    const added: Entry[] = [];
    const indices = renumber(type, data, (old) => {
      const number = numbers.get(old) ?? numberOf(entryOf(dictionary, old), added);
      numbers.set(old, number);
      return number;
    });
    if (added.length > 0) chunks.push(concat(runs(added) as unknown as Pieces));
    return indices;
  };
  return { chunks, indicesOf };
}

/** Gives each value its number, by first use, and puts values met for the first time into `added`. */
function numbering(
  type: Dictionary,
  seed: readonly Data[],
): (entry: Entry, added: Entry[]) => number {
  const known = knownValues(seed);
  const limit = 2 ** (type.indices.bitWidth - (type.indices.isSigned ? 1 : 0));
  let size = seed.reduce((sum, { length }) => sum + length, 0);
  const keysOf = new WeakMap<Data, ReturnType<typeof dictionaryKeys>>();
  return (entry, added) => {
    const keyOfValue = keysOf.get(entry.chunk) ?? dictionaryKeys(entry.chunk);
    keysOf.set(entry.chunk, keyOfValue);
    const key = keyOfValue(entry.at);
    const found = key === undefined ? undefined : known.get(key);
    if (found !== undefined) return found;
    if (size >= limit)
      throw new CannotMerge(`over ${limit} values do not fit ${String(type.indices)}`);
    if (key !== undefined) known.set(key, size);
    added.push(entry);
    return size++;
  };
}

function knownValues(chunks: readonly Data[]): Map<string, number> {
  const known = new Map<string, number>();
  let number = 0;
  for (const chunk of chunks) {
    const keyOfValue = dictionaryKeys(chunk);
    for (let at = 0; at < chunk.length; at++, number++) {
      const key = keyOfValue(at);
      if (key !== undefined && !known.has(key)) known.set(key, number);
    }
  }
  return known;
}

function renumber(type: Dictionary, data: Data, number: (old: number) => number): Uint8Array {
  const indices = new type.indices.ArrayType(data.length) as Uint8Array;
  // apache-arrow's types leave out indices of 64 bits, which other writers use.
  const isWide = (type.indices.bitWidth as number) === 64;
  for (let row = 0; row < data.length; row++) {
    if (!data.getValid(row)) continue;
    const value = number(Number(data.values[row]));
    indices[row] = (isWide ? BigInt(value) : value) as number;
  }
  return indices;
}

function entryOf(dictionary: Vector, index: number): Entry {
  let at = index;
  for (const chunk of dictionary.data) {
    if (at < chunk.length) return { chunk, at };
    at -= chunk.length;
  }
  throw new RangeError(`index ${index} lies outside a dictionary of ${dictionary.length} values`);
}

/** The entries as slices: one a run of neighbours. */
function runs(entries: readonly Entry[]): Data[] {
  const slices: Data[] = [];
  for (let i = 0, end = 1; i < entries.length; i = end++) {
    const first = entries[i] as Entry;
    while (entries[end]?.chunk === first.chunk && entries[end]?.at === first.at + end - i) end++;
    slices.push(first.chunk.slice(first.at, end - i));
  }
  return slices;
}

/** The dictionary of dictionary data. */
export function dictionaryOf(data: Data): Vector {
  if (data.dictionary === undefined) throw new RangeError(`${String(data.type)} has no dictionary`);
  return data.dictionary;
}

/** True where both pieces of dictionary data index the very same values. */
export function sharesDictionary(one: Data, other: Data): boolean {
  const [a, b] = [dictionaryOf(one), dictionaryOf(other)];
  return a === b || (a.data.length === b.data.length && a.data.every((d, i) => d === b.data[i]));
}

/**
 * What gives two values of one dictionary type the same string just where they are the same bytes; undefined for values that
 * are not compared (nested ones, booleans), which are kept apart.
 */
function dictionaryKeys(values: Data): (index: number) => string | undefined {
  const key = valueKeys(values);
  return (index) => (values.getValid(index) ? key(index) : 'null');
}

function valueKeys(values: Data): (index: number) => string | undefined {
  const { type } = values;
  if (isBytes(type)) {
    const cells = byteCells(values);
    return (index) => keyOf(cells(index));
  }
  return fixedTypes.has(type.typeId) ? (index) => fixedKey(values, index) : () => undefined;
}

const fixedTypes: ReadonlySet<Type> = new Set([
  ...[Type.Int, Type.Float, Type.Decimal, Type.Date, Type.Time],
  ...[Type.Timestamp, Type.Duration, Type.FixedSizeBinary],
]);

function fixedKey({ values, stride }: Data, index: number): string {
  const item = values.subarray(index * stride, (index + 1) * stride) as Uint8Array;
  return keyOf(new Uint8Array(item.buffer, item.byteOffset, item.byteLength));
}

function keyOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return `=${Buffer.from(buffer, byteOffset, byteLength).toString('latin1')}`;
}
