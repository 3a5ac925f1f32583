import { expect, test } from 'vitest';
import { copyThriftStruct } from '#toedit/src/parquet/thrift-copy';

/** 1: true, 2: 300 (i32), 40: "ab" by the long form of a field id. */
const flat = [0x11, 0x15, 0xd8, 0x04, 0x08, 80, 2, 97, 98, 0];
/** 1: list of two structs {1: i32 7, 2: double, 3: list of bools}. */
const item = [0x15, 14, 0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0x19, 0x21, 1, 2, 0];
const nested = [0x19, 0x2c, ...item, ...item, 0];

const copy = (bytes: number[], rule: Parameters<typeof copyThriftStruct>[1]) => [
  ...copyThriftStruct(Uint8Array.from(bytes), rule),
];

test('copies what no rule names as it is', () => {
  expect(copy(flat, {})).toEqual(flat);
  expect(copy(nested, {})).toEqual(nested);
  expect(copy(nested, { into: new Map([[1, {}]]) })).toEqual(nested);
});

test('leaves out fields, and says anew how far the next one is', () => {
  expect(copy(flat, { drop: new Set([2]) })).toEqual([0x11, 0x08, 80, 2, 97, 98, 0]);
  const without = [0x15, 14, 0x29, 0x21, 1, 2, 0];
  const rule = { into: new Map([[1, { drop: new Set([2]) }]]) };
  expect(copy(nested, rule)).toEqual([0x19, 0x2c, ...without, ...without, 0]);
});

test('metadata that ends too early is an error', () => {
  expect(() => copy(flat.slice(0, 3), {})).toThrow('ends too early');
  expect(() => copy([0x1b, 0], {})).toThrow('unknown');
});
