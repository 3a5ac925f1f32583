import {
  Binary,
  type Data,
  type DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  DurationMicrosecond,
  Float32,
  Float64,
  Int32,
  Int64,
  IntervalMonthDayNano,
  makeData,
  TimeNanosecond,
  Timestamp,
  TimeUnit,
  Uint64,
  Utf8,
  Utf8View,
  Vector,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrowToJson } from '#toedit/src/json/arrow-to-json';
import { type AnyColumn, anyColumns, dataOf, unionColumns } from '../arrow/any-column.ts';

const jsonOf = (data: Data): string[] => {
  const cells = arrowToJson(data);
  return Array.from({ length: data.length }, (_, index) => cells(index));
};

const cell = (type: DataType, value: unknown): string => jsonOf(dataOf(type, [value])).join();

const named = (columns: readonly AnyColumn[]) =>
  columns.map((column): [string, AnyColumn] => [String(column.type), column]);

describe.each(named([...anyColumns, ...unionColumns]))('%s', (_, { type, value }) => {
  const isUnion = unionColumns.some((column) => column.type === type);
  const item = isUnion ? value : fc.option(value, { nil: null, freq: 3 });

  test('gives JSON, null for nulls, and the same for any slice', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 20 }), fc.nat(20), fc.nat(20), (values, a, b) => {
        const data = dataOf(type, values);
        const all = jsonOf(data);
        all.forEach((json, row) => {
          const parsed: unknown = JSON.parse(json);
          if (values[row] === null) expect(parsed).toBeNull();
        });
        const start = Math.min(a, data.length);
        const length = Math.min(b, data.length - start);
        expect(jsonOf(data.slice(start, length))).toEqual(all.slice(start, start + length));
      }),
    );
  });
});

/** What each value is in JSON.parse's eyes, by the mapping of docs/formats.md. */
const plain: Readonly<Record<string, (value: never) => unknown>> = {
  Bool: (value) => value,
  Int32: (value) => value,
  Utf8: (value) => value,
  LargeUtf8: (value) => value,
  Utf8View: (value) => value,
  Float64: (value: number) => (Number.isFinite(value) ? value : null),
  Binary: (value: Uint8Array) => Buffer.from(value).toString('base64'),
  BinaryView: (value: Uint8Array) => Buffer.from(value).toString('base64'),
  'FixedSizeBinary[3]': (value: Uint8Array) => Buffer.from(value).toString('base64'),
  'List<Int32>': (value) => value,
  'LargeList<Utf8>': (value) => value,
  'FixedSizeList[2]<Bool>': (value) => value,
  'Struct<{b:Bool, l:List<Int8>}>': (value) => value,
  'List<Struct<{b:Bool, l:List<Int8>}>>': (value) => value,
  'Map<{key:Utf8, value:Int32}>': (value: Map<string, number>) => Object.fromEntries(value),
  'Dictionary<Int8, Utf8>': (value) => value,
};
const compared = [...anyColumns, ...unionColumns].filter(({ type }) => String(type) in plain);

test('the table above names types that exist', () => {
  expect(compared.map(({ type }) => String(type)).toSorted()).toEqual(
    Object.keys(plain).toSorted(),
  );
});

test.each(named(compared))('%s has the values that went in', (_, { type, value }) => {
  const expected = plain[String(type)] ?? (() => undefined);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      const parsed = jsonOf(dataOf(type, values)).map((json): unknown => JSON.parse(json));
      expect(parsed).toEqual(values.map((each) => expected(each as never)));
    }),
  );
});

test('float32 is the shortest decimal that reads back as itself', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const json = cell(new Float32(), value);
      expect(Math.fround(Number(json))).toBe(value);
    }),
  );
  expect(cell(new Float32(), Math.fround(0.1))).toBe('0.1');
  expect(cell(new Float32(), Math.fround(-16.635532))).toBe('-16.635532');
  expect(cell(new Float64(), 0.1)).toBe('0.1');
  expect(cell(new Float64(), -0)).toBe('-0');
  expect(cell(new Float32(), Number.NaN)).toBe('null');
  expect(cell(new Float64(), Number.POSITIVE_INFINITY)).toBe('null');
});

test('integers keep all their digits', () => {
  expect(cell(new Int64(), -(2n ** 63n))).toBe('-9223372036854775808');
  expect(cell(new Uint64(), 2n ** 64n - 1n)).toBe('18446744073709551615');
});

test.each([
  [123456n, 2, '"1234.56"'],
  [-5n, 3, '"-0.005"'],
  [0n, 2, '"0.00"'],
  [12n, 0, '"12"'],
  [-12n, -3, '"-12000"'],
  [0n, -3, '"0"'],
  [-(10n ** 37n), 37, `"-1.${'0'.repeat(37)}"`],
])('decimal %s with scale %s is %s', (unscaled, scale, expected) => {
  const unsigned = BigInt.asUintN(128, unscaled);
  const words = Uint32Array.from([0n, 32n, 64n, 96n], (shift) =>
    Number((unsigned >> shift) & 0xffffffffn),
  );
  expect(cell(new Decimal(scale, 38), words)).toBe(expected);
});

test('timestamps in milliseconds are those of Date', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      const data = makeData({
        type: new Timestamp(TimeUnit.MILLISECOND, 'UTC'),
        data: BigInt64Array.of(BigInt(date.getTime())),
      });
      expect(jsonOf(data)).toEqual([JSON.stringify(date.toISOString())]);
    }),
    { numRuns: 1000 },
  );
});

const timestamp = (value: bigint, unit: TimeUnit, zone?: string): string =>
  jsonOf(makeData({ type: new Timestamp(unit, zone), data: BigInt64Array.of(value) })).join();

test('dates, times, durations and intervals are ISO 8601', () => {
  expect(timestamp(-1n, TimeUnit.NANOSECOND)).toBe('"1969-12-31T23:59:59.999999999"');
  expect(timestamp(951_782_400n, TimeUnit.SECOND, 'Europe/Zurich')).toBe('"2000-02-29T00:00:00Z"');
  expect(timestamp(1_700_000_000_000_001n, TimeUnit.MICROSECOND)).toBe(
    '"2023-11-14T22:13:20.000001"',
  );
  expect(cell(new DateDay(), new Date(Date.UTC(2024, 1, 29)))).toBe('"2024-02-29"');
  expect(cell(new DateMillisecond(), new Date(0))).toBe('"1970-01-01"');
  expect(cell(new DateMillisecond(), new Date(1))).toBe('"1970-01-01T00:00:00.001"');
  expect(cell(new TimeNanosecond(), 86_399_000_000_005n)).toBe('"23:59:59.000000005"');
  expect(cell(new DurationMicrosecond(), -1_500_000n)).toBe('"-PT1.500000S"');
  const interval = Int32Array.of(14, -3, 5, 0);
  expect(cell(new IntervalMonthDayNano(), interval)).toBe('"P14M-3DT0.000000005S"');
});

test('a byte order mark in a text stays', () => {
  expect(cell(new Utf8(), '\ufeffa')).toBe('"\ufeffa"');
  expect(cell(new Utf8View(), '\ufeffa')).toBe('"\ufeffa"');
});

test('text that is not UTF-8 loses nothing', () => {
  const data = dataOf(new Binary(), [Uint8Array.of(0x61, 0xff)]);
  expect(jsonOf(data.clone(new Utf8() as never))).toEqual(['{"base64":"Yf8="}']);
});

test('dictionaries of several pieces, and null among their values', () => {
  const type = new Dictionary(new Utf8(), new Int32());
  const dictionary = dataOf(new Utf8(), ['a', null]);
  const more = dataOf(new Utf8(), ['c']);
  const data = makeData({
    type,
    data: Int32Array.of(2, 0, 1),
    dictionary: new Vector<Utf8>([dictionary, more] as never),
  });
  expect(jsonOf(data)).toEqual(['"c"', '"a"', 'null']);
});
