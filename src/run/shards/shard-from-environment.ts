import { ToeditError } from '../../errors.ts';
import { requireShard, type Shard } from './shard.ts';

/** What the user said of shards. */
export interface AskedShard {
  /** Which part is to be done: then the environment does not count. */
  readonly shard?: Shard | undefined;
  /** How many parts there are, where a scheduler only says which. @defaultValue TOEDIT_SHARD_COUNT */
  readonly shards?: number | undefined;
}

/**
 * The shard that was asked for, or else the one that the variables of Slurm, Kubernetes, AWS Batch or Grid Engine name.
 *
 * @returns undefined where neither says anything: then all is to be done.
 * @throws ToeditError `BAD_OPTION` where they contradict one another, or do not say enough.
 */
export function shardFromEnvironment(
  environment: Environment,
  { shard, shards }: AskedShard = {},
): Shard | undefined {
  if (shard !== undefined) return requireCount(shard, shards);
  const count = shards ?? readWhole(environment, shardCountVariable);
  const found = arrayVariables.flatMap((variables) => {
    const named = shardOfArray(environment, variables, count);
    return named === undefined ? [] : [{ ...named, source: variables.id }];
  });
  const [first] = found;
  if (first === undefined) {
    refuseCount(count);
    return undefined;
  }
  const other = found.find(({ index, count }) => index !== first.index || count !== first.count);
  if (other !== undefined) throw contradiction(first, other);
  return { index: first.index, count: first.count };
}

function requireCount(shard: Shard, shards: number | undefined): Shard {
  const { index, count } = shard;
  if (shards === undefined || shards === count) return shard;
  throw new ToeditError(
    'BAD_OPTION',
    `--shard ${index}/${count} and --shards ${shards} contradict each other; leave --shards out`,
  );
}

function refuseCount(count: number | undefined): void {
  if (count === undefined || count === 1) return;
  const names = arrayVariables.map(({ id }) => id).join(', ');
  throw new ToeditError(
    'BAD_OPTION',
    `there are ${count} shards, but nothing says which is to be done: none of ${names} is set; give --shard i/${count}`,
  );
}

type FoundShard = Shard & { readonly source: string };

function contradiction(one: FoundShard, other: FoundShard): ToeditError {
  const inWords = ({ source, index, count }: FoundShard) =>
    `${source} says shard ${index}/${count}`;
  return new ToeditError(
    'BAD_OPTION',
    `${inWords(one)}, but ${inWords(other)}; unset one of them, or give --shard i/n`,
  );
}

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The shard that a scheduler's variables name: the places of its array, from the least on, are the shards from 0 on.
 *
 * @param count - of shards, where the scheduler does not give it.
 * @returns undefined where the process is in no array of that scheduler.
 * @throws ToeditError `BAD_OPTION` where the variables contradict one another, or the count.
 */
function shardOfArray(
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

/** A place among those that run, from 0; and how many run, where that is known. */
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
function readWhole(environment: Environment, name: string | undefined): number | undefined {
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
    `${scheduler} says which part is to be done (${id}), but not of how many parts; add --shards n or set ${shardCountVariable}`,
  );
}

/** What is set, for messages. */
function settings(environment: Environment, variables: ArrayVariables): string {
  const { id, first, last, step, count } = variables;
  const names = [id, first, last, step, count].filter((name) => name !== undefined);
  const set = names.filter((name) => environment[name] !== undefined);
  return set.map((name) => `${name}=${String(environment[name])}`).join(' ');
}

/** The variables by which a scheduler gives a process its place in an array of jobs. Those it does not have are left out. */
export interface ArrayVariables {
  readonly scheduler: string;
  /** The place itself. */
  readonly id: string;
  /** The least and the greatest place, and how far they are apart. */
  readonly first?: string;
  readonly last?: string;
  readonly step?: string;
  /** How many places there are. */
  readonly count?: string;
}

/**
 * What schedulers set, as their manuals say: sbatch(1), "Job Array Support"; Kubernetes, "Indexed Job", which does not
 * give the number of completions; AWS Batch, "Job environment variables"; Grid Engine's qsub(1), option `-t`, which sets
 * SGE_TASK_ID to `undefined` outside of arrays.
 */
const arrayVariables: readonly ArrayVariables[] = [
  {
    scheduler: 'Slurm',
    id: 'SLURM_ARRAY_TASK_ID',
    first: 'SLURM_ARRAY_TASK_MIN',
    last: 'SLURM_ARRAY_TASK_MAX',
    step: 'SLURM_ARRAY_TASK_STEP',
    count: 'SLURM_ARRAY_TASK_COUNT',
  },
  { scheduler: 'Kubernetes', id: 'JOB_COMPLETION_INDEX' },
  { scheduler: 'AWS Batch', id: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
  {
    scheduler: 'Grid Engine',
    id: 'SGE_TASK_ID',
    first: 'SGE_TASK_FIRST',
    last: 'SGE_TASK_LAST',
    step: 'SGE_TASK_STEPSIZE',
  },
];

/** Says how many shards there are where the scheduler does not. */
const shardCountVariable = 'TOEDIT_SHARD_COUNT';
