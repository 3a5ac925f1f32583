import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shardFromEnvironment } from '#toedit/src/run/shards/shard-from-environment';

const slurm = (id: number, [first, last, step]: readonly number[], count: number) => ({
  SLURM_ARRAY_TASK_ID: String(id),
  SLURM_ARRAY_TASK_MIN: String(first),
  SLURM_ARRAY_TASK_MAX: String(last),
  SLURM_ARRAY_TASK_STEP: String(step),
  SLURM_ARRAY_TASK_COUNT: String(count),
});
const gridEngine = (id: number, [first, last, step]: readonly number[]) => ({
  SGE_TASK_ID: String(id),
  SGE_TASK_FIRST: String(first),
  SGE_TASK_LAST: String(last),
  SGE_TASK_STEPSIZE: String(step),
});
const awsBatch = (index: number, size: number) => ({
  AWS_BATCH_JOB_ARRAY_INDEX: String(index),
  AWS_BATCH_JOB_ARRAY_SIZE: String(size),
});

/** An array `first-last:step`, where `last` need not be met; and one of its places. */
const anyArray = fc
  .record({
    first: fc.nat(1000),
    step: fc.integer({ min: 1, max: 50 }),
    count: fc.integer({ min: 1, max: 500 }),
    index: fc.nat(499),
    beyond: fc.nat(49),
  })
  .map(({ first, step, count, index, beyond }) => {
    const place = index % count;
    const last = first + (count - 1) * step;
    const asked = last + (beyond % step);
    return { shard: { index: place, count }, id: first + place * step, first, last, asked, step };
  });

describe('arrays of any first place and step', () => {
  test('of Slurm, whose last place is one that runs', () => {
    fc.assert(
      fc.property(anyArray, ({ shard, id, first, last, step }) => {
        const environment = slurm(id, [first, last, step], shard.count);
        expect(shardFromEnvironment(environment)).toEqual(shard);
      }),
    );
  });

  test('of Grid Engine, whose last place may be the one that was asked for', () => {
    fc.assert(
      fc.property(anyArray, ({ shard, id, first, asked, step }) => {
        expect(shardFromEnvironment(gridEngine(id, [first, asked, step]))).toEqual(shard);
      }),
    );
  });

  test('of AWS Batch and Kubernetes, which count from 0', () => {
    fc.assert(
      fc.property(anyArray, ({ shard: { index, count } }) => {
        expect(shardFromEnvironment(awsBatch(index, count))).toEqual({ index, count });
        const kubernetes = { JOB_COMPLETION_INDEX: String(index) };
        expect(shardFromEnvironment(kubernetes, { shards: count })).toEqual({ index, count });
        const counted = { ...kubernetes, TOEDIT_SHARD_COUNT: String(count) };
        expect(shardFromEnvironment(counted)).toEqual({ index, count });
      }),
    );
  });
});

test('nothing is said', () => {
  expect(shardFromEnvironment({})).toBeUndefined();
  expect(shardFromEnvironment({ SLURM_ARRAY_TASK_ID: '' })).toBeUndefined();
  expect(shardFromEnvironment({}, { shards: 1 })).toBeUndefined();
  const noArray = {
    SGE_TASK_ID: 'undefined',
    SGE_TASK_FIRST: 'undefined',
    SGE_TASK_LAST: 'undefined',
    SGE_TASK_STEPSIZE: 'undefined',
  };
  expect(shardFromEnvironment(noArray)).toBeUndefined();
});

test('Slurm without a count, or without anything but one', () => {
  const environment = { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_COUNT: '4' };
  expect(shardFromEnvironment(environment)).toEqual({ index: 3, count: 4 });
  const { SLURM_ARRAY_TASK_COUNT: _, ...uncounted } = slurm(5, [1, 7, 2], 4);
  expect(shardFromEnvironment(uncounted)).toEqual({ index: 2, count: 4 });
});

test('what was asked for wins', () => {
  const shard = { index: 5, count: 8 };
  const environment = { ...slurm(1, [1, 20, 1], 4), ...awsBatch(1, 2), JOB_COMPLETION_INDEX: 'x' };
  expect(shardFromEnvironment(environment, { shard })).toEqual(shard);
  expect(shardFromEnvironment({}, { shard, shards: 8 })).toEqual(shard);
  const both = { JOB_COMPLETION_INDEX: '1', TOEDIT_SHARD_COUNT: '2' };
  expect(shardFromEnvironment(both, { shards: 3 })).toEqual({ index: 1, count: 3 });
});

test('schedulers that agree', () => {
  const environment = { ...slurm(2, [1, 4, 1], 4), ...awsBatch(1, 4), JOB_COMPLETION_INDEX: '1' };
  expect(shardFromEnvironment(environment, { shards: 4 })).toEqual({ index: 1, count: 4 });
});

describe('refuses', () => {
  test.each<[string, Record<string, string>, Parameters<typeof shardFromEnvironment>[1], RegExp]>([
    [
      'a list with gaps',
      slurm(7, [1, 20, 1], 4),
      {},
      /Slurm has gaps \(SLURM_ARRAY_TASK_ID=7 .*COUNT=4\)/,
    ],
    ['a place between steps', slurm(2, [1, 7, 2], 4), {}, /has gaps .*--shard i\/n/],
    ['a step of 0', slurm(2, [1, 7, 0], 4), {}, /has gaps/],
    [
      'a place before the first',
      slurm(0, [1, 4, 1], 4),
      {},
      /no shard -1\/4 \(SLURM_ARRAY_TASK_ID=0\)/,
    ],
    [
      'a place after the last',
      awsBatch(4, 4),
      {},
      /no shard 4\/4 \(AWS_BATCH_JOB_ARRAY_INDEX=4\): i goes/,
    ],
    [
      'an index without a count',
      { JOB_COMPLETION_INDEX: '1' },
      {},
      /Kubernetes says .* add --shards n or set TOEDIT_SHARD_COUNT/,
    ],
    [
      'a count without an index',
      {},
      { shards: 4 },
      /none of SLURM_ARRAY_TASK_ID, .* is set; give --shard i\/4/,
    ],
    [
      "a count that is not the array's",
      awsBatch(1, 4),
      { shards: 8 },
      /AWS_BATCH_JOB_ARRAY_SIZE=4\) than the 8 shards/,
    ],
    [
      'two counts',
      {},
      { shard: { index: 0, count: 4 }, shards: 8 },
      /--shard 0\/4 and --shards 8 contradict/,
    ],
    ['no number', { SGE_TASK_ID: '1a' }, {}, /SGE_TASK_ID=1a is no whole number/],
    [
      'schedulers that contradict each other',
      { ...slurm(2, [1, 4, 1], 4), ...awsBatch(2, 4) },
      {},
      /SLURM_ARRAY_TASK_ID says shard 1\/4, but AWS_BATCH_JOB_ARRAY_INDEX says shard 2\/4; unset one/,
    ],
  ])('%s', (_, environment, asked, message) => {
    expect(() => shardFromEnvironment(environment, asked)).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });
});
