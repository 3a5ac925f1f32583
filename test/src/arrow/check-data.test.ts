import {
  Bool,
  Data,
  DenseUnion,
  Dictionary,
  Field,
  FixedSizeList,
  Int8,
  Int32,
  List,
  makeData,
  Struct,
  Timestamp,
  Utf8,
  Utf8View,
  Vector,
} from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasUnknownUnit } from '#toedit/src/arrow/ipc/check-pointers';
import { checkData } from '#toedit/src/arrow/ipc/decode-batches';
import { anyColumns, dataOf, unionColumns } from './any-column.ts';

const int = makeData({ type: new Int32(), data: Int32Array.of(1, 2, 3) });
const text = (offsets: number[], bytes: number) =>
  new Data(new Utf8(), 0, offsets.length - 1, 0, [
    Int32Array.from(offsets),
    new Uint8Array(bytes),
  ] as never);
const list = (offsets: number[]) =>
  new Data(
    new List(new Field('i', new Int32())),
    0,
    offsets.length - 1,
    0,
    [Int32Array.from(offsets)] as never,
    [int],
  );
const view = (size: number, buffer: number, start: number) =>
  new Data(
    new Utf8View(),
    0,
    1,
    0,
    [undefined, new Uint8Array(Int32Array.of(size, 0, buffer, start).buffer)] as never,
    [],
    undefined,
    [new Uint8Array(20)],
  );
const union = (typeId: number, offset: number) => {
  const type = new DenseUnion([0], [new Field('i', new Int32())]);
  const buffers = [Int32Array.of(offset), undefined, undefined, Int8Array.of(typeId)];
  return new Data(type, 0, 1, 0, buffers as never, [int]);
};
const word = new Dictionary(new Utf8(), new Int8());
const words = new Vector([text([0, 1], 1)]);
const badWords = new Vector([text([0, 9], 4)]);

test.each([
  ['offsets that fall', text([0, 3, 2], 4)],
  ['offsets beyond the bytes', text([0, 3, 5], 4)],
  ['offsets below 0', text([-1, 0], 4)],
  [
    'too few offsets',
    new Data(new Utf8(), 0, 3, 0, [Int32Array.of(0), new Uint8Array(9)] as never),
  ],
  ['lists beyond their items', list([0, 4])],
  ['too few values', new Data(new Int32(), 0, 4, 0, int)],
  ['too few bits', new Data(new Bool(), 0, 9, 0, [undefined, new Uint8Array(1)] as never)],
  [
    'too short a validity',
    new Data(new Int32(), 0, 3, 1, [undefined, int.values, new Uint8Array(0)] as never),
  ],
  [
    'an index beyond the dictionary',
    new Data(word, 0, 1, 0, [undefined, Int8Array.of(1)] as never, [], words),
  ],
  ['an index below 0', new Data(word, 0, 1, 0, [undefined, Int8Array.of(-1)] as never, [], words)],
  [
    'a bad value of a dictionary',
    new Data(word, 0, 1, 0, [undefined, Int8Array.of(0)] as never, [], badWords),
  ],
  ['a view of less than no bytes', view(-1, 0, 0)],
  ['a view into no buffer', view(13, 1, 0)],
  ['a view beyond its buffer', view(13, 0, 8)],
  ['a view before its buffer', view(13, 0, -1)],
  ['no views', new Data(new Utf8View(), 0, 1, 0, [undefined, new Uint8Array(4)] as never)],
  ['a row of a type that the union lacks', union(1, 0)],
  ['a row beyond its child', union(0, 3)],
  ['a row before its child', union(0, -1)],
  ['a child too short', new Data(new Struct([new Field('a', new Int32())]), 0, 4, 0, {}, [int])],
  [
    'items too few',
    new Data(new FixedSizeList(2, new Field('a', new Int32())), 0, 2, 0, {}, [int]),
  ],
  [
    'a bad child',
    new Data(new Struct([new Field('a', new Utf8())]), 0, 1, 0, {}, [text([0, 9], 4)]),
  ],
] as const)('finds %s', (_, data) => {
  expect(() => checkData(data as Data)).toThrow('lie outside its buffers');
});

test('passes data that is right, of every type, sliced too', () => {
  for (const { type, value } of [...anyColumns, ...unionColumns]) {
    const values = fc.sample(value, { numRuns: 20, seed: 3 });
    const data = dataOf(type, values);
    expect(() => checkData(data)).not.toThrow();
    expect(() => checkData(data.slice(3, 9))).not.toThrow();
  }
});

test('a unit that does not exist is found, at any depth', () => {
  const unknown = new Timestamp(77 as never);
  expect(hasUnknownUnit(unknown)).toBe(true);
  expect(hasUnknownUnit(new List(new Field('undefined', unknown)))).toBe(true);
  expect(hasUnknownUnit(new Dictionary(unknown, new Int8()))).toBe(true);
  expect(hasUnknownUnit(new Struct([new Field('<undefined', new Utf8())]))).toBe(false);
  for (const { type } of [...anyColumns, ...unionColumns]) expect(hasUnknownUnit(type)).toBe(false);
});
