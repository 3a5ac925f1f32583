import { ToeditError } from '../../errors.ts';

/** One part of a run: `index` of `count`, from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** More shards than any scheduler's arrays have. */
const maxShards = 1_000_000;

/**
 * Parses a shard as `i/n`: `0/4` is the first of four, `3/4` the last.
 *
 * @throws ToeditError `BAD_OPTION`
 */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (index !== undefined && count !== undefined) {
    return requireShard({ index: Number(index), count: Number(count) }, text);
  }
  throw badShard(text, 'write it as i/n, such as 0/4 for the first of four');
}

/**
 * Makes sure that a shard is one.
 *
 * @param name - what messages call it.
 * @throws ToeditError `BAD_OPTION`
 */
export function requireShard(shard: Shard, name: string): Shard {
  const { index, count } = shard;
  if (count < 1 || count > maxShards) throw badShard(name, `n goes from 1 to ${maxShards}`);
  if (index >= 0 && index < count) return shard;
  throw badShard(name, `i goes from 0 to ${count - 1}, as there are ${count} shards`);
}

function badShard(text: string, reason: string): ToeditError {
  return new ToeditError('BAD_OPTION', `there is no shard ${text}: ${reason}`);
}
