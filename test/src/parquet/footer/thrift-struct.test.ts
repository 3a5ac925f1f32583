import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  binaryIn,
  countIn,
  fieldOf,
  integerIn,
  readStruct,
  structIn,
  structsIn,
} from '#toedit/src/parquet/footer/thrift-struct';
import {
  binaryList,
  binaryValue,
  boolList,
  boolValue,
  type FieldValue,
  i32List,
  i32Value,
  i64List,
  i64Value,
  newStruct,
  structList,
  structValue,
  writeStruct,
} from '#toedit/src/parquet/footer/write-thrift';

const count = fc.nat(2 ** 31 - 1);
const large = fc.maxSafeNat().map((value) => Math.floor(value / 2));
const flat: fc.Arbitrary<FieldValue> = fc.oneof(
  count.map(i32Value),
  large.map(i64Value),
  fc.boolean().map(boolValue),
  fc.uint8Array({ maxLength: 300 }).map(binaryValue),
  fc.array(fc.boolean(), { maxLength: 20 }).map(boolList),
  fc.array(count, { maxLength: 20 }).map(i32List),
  fc.array(large, { maxLength: 20 }).map(i64List),
  fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 20 }).map(binaryList),
);
const fieldsOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<[number, T][]> =>
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 200 }), value), {
      selector: ([id]) => id,
      maxLength: 12,
    })
    .map((fields) => fields.toSorted(([a], [b]) => a - b));
const flatStruct = fieldsOf(flat).map(newStruct);
const anyValue = fc.oneof(
  flat,
  flatStruct.map(structValue),
  fc.array(flatStruct, { maxLength: 20 }).map(structList),
);

/** What a struct holds: ids, types and bytes. */
const contentOf = (bytes: Uint8Array) => {
  const struct = readStruct(bytes);
  expect(struct.end).toBe(bytes.length);
  return struct.fields.map(({ id, kind, start, end }) => [
    id,
    { kind, bytes: Buffer.from(bytes.subarray(start, end)) },
  ]);
};
const asBuffers = (fields: readonly (readonly [number, FieldValue])[]) =>
  fields.map(([id, { kind, bytes }]) => [id, { kind, bytes: Buffer.from(bytes) }]);

test('a struct reads as it was written', () => {
  fc.assert(
    fc.property(fieldsOf(anyValue), (fields) => {
      expect(contentOf(newStruct(fields))).toEqual(asBuffers(fields));
    }),
  );
});

test('changed fields change, all others keep their bytes', () => {
  const changes = fieldsOf(fc.option(anyValue));
  fc.assert(
    fc.property(fieldsOf(anyValue), changes, (fields, changed) => {
      const expected = new Map(fields);
      for (const [id, value] of changed) {
        if (value === null) expected.delete(id);
        else expected.set(id, value);
      }
      const sorted = [...expected].toSorted(([a], [b]) => a - b);
      const bytes = writeStruct(readStruct(newStruct(fields)), new Map(changed));
      expect(contentOf(bytes)).toEqual(asBuffers(sorted));
    }),
  );
});

test('fields in any order, by the long form of their ids, keep their bytes', () => {
  // 40: "ab" by the long form, then 2: 300 by the long form, then 3: true.
  const bytes = Uint8Array.from([0x08, 80, 2, 97, 98, 0x05, 4, 0xd8, 0x04, 0x11, 0]);
  expect([...writeStruct(readStruct(bytes), new Map())]).toEqual([...bytes]);
  const without = writeStruct(readStruct(bytes), new Map([[2, null]]));
  expect(contentOf(without).map(([id]) => id)).toEqual([40, 3]);
});

describe('values', () => {
  const struct = readStruct(
    newStruct([
      [1, i64Value(2 ** 51 + 1)],
      [2, binaryValue('a'.repeat(200))],
      [3, structValue(newStruct([[7, i32Value(5)]]))],
      [4, structList([newStruct([[1, i32Value(1)]]), newStruct([])])],
    ]),
  );

  test('come out of their fields', () => {
    expect(countIn(struct, 1)).toBe(2 ** 51 + 1);
    expect(Buffer.from(binaryIn(struct, 2) ?? []).toString()).toBe('a'.repeat(200));
    const inner = structIn(struct, 3);
    expect(inner && integerIn(inner, 7)).toBe(5);
    expect(structsIn(struct, 4).map(({ fields }) => fields.length)).toEqual([1, 0]);
    expect(fieldOf(struct, 5)).toBeUndefined();
    expect(structsIn(struct, 5)).toEqual([]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['a binary is no count', () => countIn(struct, 2), /no integer/],
    ['a count is no struct', () => structIn(struct, 1), /another type/],
    ['a struct is no list', () => structsIn(struct, 3), /another type/],
    ['-1 is no count', () => countIn(readStruct(Uint8Array.of(0x15, 1, 0)), 1), /no count: -1/],
  ])('%s', (_, read, message) => {
    expect(read).toThrow(message);
  });
});

test('bytes that end too early, or are no struct, are an error', () => {
  const whole = newStruct([[1, binaryList([Uint8Array.of(1), Uint8Array.of(2)])]]);
  for (let length = 0; length < whole.length; length++) {
    expect(() => readStruct(whole.subarray(0, length))).toThrow('ends too early');
  }
  expect(() => readStruct(Uint8Array.of(0x1b, 0))).toThrow('unknown');
});
