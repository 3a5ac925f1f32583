/** One part of a run: `index` of `count`, from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}
