import { ToeditError } from '../../errors.ts';
import { type ArrayVariables, shardCountVariable } from './array-variables.ts';
import { requireShard } from './parse-shard.ts';
import type { Shard } from './shard.ts';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The shard that a scheduler's variables name: the places of its array, from the least on, are the shards from 0 on.
 *
 * @param count - of shards, where the scheduler does not tell it.
 * @returns undefined where the process is in no array of that scheduler.
 * @throws ToeditError `BAD_OPTION` where the variables contradict one another, or the count.
 */
export function shardOfArray(
  environment: Environment,
  variables: ArrayVariables,
  count: number | undefined,
): Shard | undefined {
  const id = readWhole(environment, variables.id);
  if (id === undefined) return undefined;
  const { index, size } = placeOf(id, environment, variables);
  if (size !== undefined && count !== undefined && size !== count) {
    throw countContradiction(environment, variables, count);
  }
  const shards = size ?? count;
  if (shards === undefined) throw noCount(variables);
  return requireShard({ index, count: shards }, `${index}/${shards} (${variables.id}=${id})`);
}

/** A place among those that run, from 0; and how many run, where that is told. */
function placeOf(
  id: number,
  environment: Environment,
  variables: ArrayVariables,
): { readonly index: number; readonly size: number | undefined } {
  const first = readWhole(environment, variables.first) ?? 0;
  const last = readWhole(environment, variables.last);
  const step = readWhole(environment, variables.step) ?? 1;
  const spanned = last === undefined ? undefined : Math.floor((last - first) / step) + 1;
  const size = readWhole(environment, variables.count) ?? spanned;
  const index = (id - first) / step;
  const hasGaps = spanned !== undefined && size !== spanned;
  if (hasGaps || !Number.isInteger(index)) throw irregular(environment, variables);
  return { index, size };
}

/**
 * A whole number of the environment; undefined where it is not set.
 *
 * @throws ToeditError `BAD_OPTION`
 */
export function readWhole(environment: Environment, name: string | undefined): number | undefined {
  const text = name === undefined ? undefined : environment[name];
  // Grid Engine's word for no array.
  if (text === undefined || text === '' || text === 'undefined') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ToeditError('BAD_OPTION', `${String(name)}=${text} is no whole number; unset it`);
}

function irregular(environment: Environment, variables: ArrayVariables): ToeditError {
  return new ToeditError(
    'BAD_OPTION',
    `the array of ${variables.scheduler} has gaps (${settings(environment, variables)}), so its places are no shards; make it 0-<n-1>, or say which part is to be done with --shard i/n`,
  );
}

function countContradiction(
  environment: Environment,
  variables: ArrayVariables,
  count: number,
): ToeditError {
  return new ToeditError(
    'BAD_OPTION',
    `${variables.scheduler} runs another number of jobs (${settings(environment, variables)}) than the ${count} shards that --shards or ${shardCountVariable} ask for; leave that out, or say which part is to be done with --shard i/n`,
  );
}

function noCount({ scheduler, id }: ArrayVariables): ToeditError {
  return new ToeditError(
    'BAD_OPTION',
    `${scheduler} tells which part is to be done (${id}), but not of how many; add --shards n or set ${shardCountVariable}`,
  );
}

/** What is set, for messages. */
function settings(environment: Environment, variables: ArrayVariables): string {
  const { id, first, last, step, count } = variables;
  const names = [id, first, last, step, count].filter((name) => name !== undefined);
  const set = names.filter((name) => environment[name] !== undefined);
  return set.map((name) => `${name}=${String(environment[name])}`).join(' ');
}
