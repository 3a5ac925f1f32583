import {
  Binary,
  type DataType,
  Field,
  Float64,
  Int8,
  Int64,
  LargeBinary,
  LargeUtf8,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyColumn } from '#toedit/src/random/uniform-draw';
import { recordBatchOf } from '../../record-batch-of.ts';

function keysOf(type: DataType, values: readonly unknown[]): (string | undefined)[] {
  const batch = recordBatchOf([{ field: new Field('id', type, true), values }]);
  const key = keyColumn(batch, 'id');
  return values.map((_, row) => {
    const bytes = key(row);
    return bytes && Buffer.from(bytes).toString('latin1');
  });
}

describe('keyColumn', () => {
  test.each([new Int64(), new Uint64()])('gives %s as decimal text', (type) => {
    const least = type.isSigned ? -(2n ** 63n) : 0n;
    const values = fc.array(fc.bigInt({ min: least, max: least + 2n ** 64n - 1n }));
    fc.assert(
      fc.property(values, (numbers) => {
        expect(keysOf(type, numbers)).toEqual(numbers.map(String));
      }),
    );
  });

  test('gives narrow numbers the same text as wide ones, and nulls none', () => {
    expect(keysOf(new Int8(), [-12, null, 7])).toEqual(['-12', undefined, '7']);
    expect(keysOf(new Uint32(), [4294967295])).toEqual(['4294967295']);
  });

  test.each([new Utf8(), new LargeUtf8()])('gives %s as UTF-8', (type) => {
    expect(keysOf(type, ['a\u00e9', '', null])).toEqual(['a\u00c3\u00a9', '', undefined]);
  });

  test.each([new Binary(), new LargeBinary()])('gives %s as it is', (type) => {
    expect(keysOf(type, [Uint8Array.of(0xff, 0x00), null])).toEqual(['\u00ff\u0000', undefined]);
  });

  test('refuses other types, and names that are not there', () => {
    expect(() => keysOf(new Float64(), [1.5])).toThrow(
      expect.objectContaining({
        code: 'COLUMN_TYPE',
        message:
          'key column "id" is Float64: choose one of strings, binary values or whole numbers',
      }),
    );
    const batch = recordBatchOf([{ field: new Field('id', new Utf8(), true), values: [] }]);
    expect(() => keyColumn(batch, 'di')).toThrow(
      expect.objectContaining({ code: 'COLUMN_MISSING' }),
    );
  });
});
