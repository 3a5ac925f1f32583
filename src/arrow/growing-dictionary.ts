import type { Data, Dictionary, Vector } from 'apache-arrow';
import { CannotMerge } from './cannot-merge.ts';
import { dictionaryKey } from './dictionary-key.ts';
import { dictionaryOf } from './dictionary-of.ts';
import type { Pieces } from './owned-data.ts';

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
  return (entry, added) => {
    const key = dictionaryKey(entry.chunk, entry.at);
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
    for (let at = 0; at < chunk.length; at++, number++) {
      const key = dictionaryKey(chunk, at);
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
