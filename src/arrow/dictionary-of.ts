import type { Data, Vector } from 'apache-arrow';

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
