import { BufferType, type Data, type Dictionary, makeData, Vector } from 'apache-arrow';
import { dictionaryOf, sharesDictionary } from './dictionary-of.ts';
import { growingDictionary } from './growing-dictionary.ts';
import { ownedData, type Pieces } from './owned-data.ts';

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
