import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '../kills/seeded-random.ts';
import { type Mutant, mutate } from './mutate.ts';
import { wayNamesOf } from './ways.ts';

/** One mutant of one file, to be read one way. */
export interface FuzzCase {
  readonly way: string;
  /** The name of the sound file. */
  readonly file: string;
  /** The seed of its mutation. */
  readonly number: number;
}

/** Cases of consecutive numbers. Every other one is Parquet, in turn by all ways to read all files, and so are the rest. */
export function* casesOf(
  files: readonly string[],
  { first, count }: { readonly first: number; readonly count: number },
): Generator<FuzzCase, void> {
  const targets = files.flatMap((file) => wayNamesOf(file).map((way) => ({ way, file })));
  const isParquet = ({ file }: Pick<FuzzCase, 'file'>): boolean => file.endsWith('.parquet');
  const lists = [targets.filter(isParquet), targets.filter((target) => !isParquet(target))];
  for (let number = first; number < first + count; number++) {
    const list = lists[number % 2] ?? [];
    const target = list[Math.floor(number / 2) % list.length];
    if (target !== undefined) yield { ...target, number };
  }
}

/** What a case is called, and replayed by. */
export function caseId({ way, file, number }: FuzzCase): string {
  return `${way}:${file}:${number}`;
}

/**
 * The case of that id.
 *
 * @throws Error where it is none.
 */
export function caseOf(id: string): FuzzCase {
  const [way = '', file = '', number = ''] = id.split(':');
  if (!wayNamesOf(file).includes(way) || !/^\d+$/.test(number)) {
    throw new Error(`${id} is no case; a case is WAY:FILE:NUMBER`);
  }
  return { way, file, number: Number(number) };
}

/** The mutant of a case. */
export async function mutantOf(directory: string, { file, number }: FuzzCase): Promise<Mutant> {
  return mutate(await readFile(join(directory, file)), seededRandom(number));
}
