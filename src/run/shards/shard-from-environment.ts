import { ToeditError } from '../../errors.ts';
import { arrayVariables, shardCountVariable } from './array-variables.ts';
import type { Shard } from './shard.ts';
import { type Environment, readWhole, shardOfArray } from './shard-of-array.ts';

/** What the user said of shards. */
export interface AskedShard {
  /** Which part is to be done: then the environment does not count. */
  readonly shard?: Shard | undefined;
  /** How many parts there are, where a scheduler only tells which. @defaultValue TOEDIT_SHARD_COUNT */
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
