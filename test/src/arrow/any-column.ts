import {
  Binary,
  BinaryView,
  Bool,
  type Data,
  DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  DenseUnion,
  Dictionary,
  DurationNanosecond,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  IntervalMonthDayNano,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Map_,
  makeData,
  Null,
  RecordBatch,
  Schema,
  SparseUnion,
  Struct,
  TimeMicrosecond,
  Timestamp,
  TimeUnit,
  Uint8,
  Uint64,
  type Union,
  UnionMode,
  Utf8,
  Utf8View,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';

/** A type, and an arbitrary of its values as apache-arrow's builders take them. */
export interface AnyColumn {
  readonly type: DataType;
  readonly value: fc.Arbitrary<unknown>;
}

const field = (name: string, type: DataType): Field => new Field(name, type, true);
const option = (value: fc.Arbitrary<unknown>) => fc.option(value, { nil: null, freq: 3 });
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const bytes = fc.uint8Array({ maxLength: 20 });
const few = (value: fc.Arbitrary<unknown>) => fc.array(option(value), { maxLength: 3 });
const int = fc.integer({ min: -100, max: 100 });
const big = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });

const flat: readonly AnyColumn[] = [
  { type: new Bool(), value: fc.boolean() },
  { type: new Int8(), value: int },
  { type: new Int16(), value: int },
  { type: new Int32(), value: int },
  { type: new Int64(), value: big },
  { type: new Uint8(), value: fc.nat({ max: 255 }) },
  { type: new Uint64(), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { type: new Float16(), value: int },
  { type: new Float32(), value: fc.float() },
  { type: new Float64(), value: fc.double() },
  { type: new Utf8(), value: text },
  { type: new LargeUtf8(), value: text },
  { type: new Utf8View(), value: text },
  { type: new Binary(), value: bytes },
  { type: new LargeBinary(), value: bytes },
  { type: new BinaryView(), value: bytes },
  { type: new FixedSizeBinary(3), value: fc.uint8Array({ minLength: 3, maxLength: 3 }) },
  {
    type: new Decimal(2, 38),
    value: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }).map((a) => Uint32Array.from(a)),
  },
  { type: new DateDay(), value: fc.date({ noInvalidDate: true, min: new Date(0) }) },
  { type: new DateMillisecond(), value: fc.date({ noInvalidDate: true, min: new Date(0) }) },
  { type: new Timestamp(TimeUnit.MICROSECOND, 'Europe/Zurich'), value: fc.nat() },
  { type: new TimeMicrosecond(), value: big },
  {
    type: new IntervalMonthDayNano(),
    value: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }).map((a) => Int32Array.from(a)),
  },
  { type: new DurationNanosecond(), value: big },
];

const struct = new Struct([field('b', new Bool()), field('l', new List(field('i', new Int8())))]);
const structValue = fc.record({ b: option(fc.boolean()), l: option(few(int)) });

const nested: readonly AnyColumn[] = [
  { type: new List(field('item', new Int32())), value: few(int) },
  { type: new List(field('item', new Bool())), value: few(fc.boolean()) },
  { type: new LargeList(field('item', new Utf8())), value: few(text) },
  {
    type: new FixedSizeList(2, field('item', new Bool())),
    value: fc.array(option(fc.boolean()), { minLength: 2, maxLength: 2 }),
  },
  { type: struct, value: structValue },
  { type: new List(field('item', struct)), value: few(structValue) },
  {
    type: new Map_(
      new Field(
        'entries',
        new Struct([
          new Field<DataType>('key', new Utf8(), false),
          field('value', new Int32()),
        ]) as never,
        false,
      ),
    ),
    value: fc
      .dictionary(fc.constantFrom('a', 'b', 'c'), int)
      .map((o) => new Map(Object.entries(o))),
  },
];

const word = fc.constantFrom('alpha', 'beta', 'gamma', '');

/** Types whose data carries a dictionary. */
const dictionaryColumns: readonly AnyColumn[] = [
  { type: new Dictionary(new Utf8(), new Int8()), value: word },
  { type: new Dictionary(new Int64(), new Int32()), value: fc.constantFrom(1n, -5n, 2n ** 60n) },
  {
    type: new Dictionary(new List(field('item', new Utf8())), new Int16()),
    value: fc.constantFrom(['x'], ['y', null], []),
  },
];

const unions: readonly AnyColumn[] = [SparseUnion, DenseUnion].map((Union) => ({
  type: new Union([0, 1], [field('n', new Int32()), field('s', new Utf8())]) as DataType,
  value: fc.oneof(int, text),
}));

/** Every type of apache-arrow that can be built and read back. */
export const anyColumns: readonly AnyColumn[] = [
  { type: new Null(), value: fc.constant(null) },
  ...flat,
  ...nested,
  ...dictionaryColumns,
];

/** Types without nulls of their own. */
export const unionColumns = unions;

/** Data of a type from values; null is null. */
export function dataOf(type: DataType, values: readonly unknown[]): Data {
  if (values.length === 0) return makeData({ type, length: 0 } as never);
  if (DataType.isUnion(type)) return unionData(type, values);
  return vectorFromArray([...values], type as never).data[0] as unknown as Data;
}

/** apache-arrow's union builder cannot tell which child takes a value. */
function unionData(type: Union, values: readonly unknown[]): Data {
  const isText = values.map((value) => typeof value === 'string');
  const typeIds = Int8Array.from(isText, Number);
  if (type.mode === UnionMode.Sparse) {
    const children = [
      dataOf(
        new Int32(),
        values.map((v) => (typeof v === 'number' ? v : null)),
      ),
      dataOf(
        new Utf8(),
        values.map((v) => (typeof v === 'string' ? v : null)),
      ),
    ];
    return makeData({ type: type as SparseUnion, typeIds, children });
  }
  let texts = 0;
  let numbers = 0;
  const valueOffsets = Int32Array.from(isText, (is) => (is ? texts++ : numbers++));
  const children = [
    dataOf(
      new Int32(),
      values.filter((v) => typeof v === 'number'),
    ),
    dataOf(
      new Utf8(),
      values.filter((v) => typeof v === 'string'),
    ),
  ];
  return makeData({ type: type as DenseUnion, typeIds, valueOffsets, children });
}

/** A record batch of one column `c`. */
export function batchOf(data: Data, metadata = new Map<string, string>()): RecordBatch {
  const fields = [new Field('c', data.type, true)];
  const struct_ = makeData({ type: new Struct(fields), length: data.length, children: [data] });
  return new RecordBatch(new Schema(fields, metadata), struct_);
}

/** Thirty rows of a column a type, values and nulls, under the type's name; unions have no nulls. */
export function everyTypeBatch(has: (type: DataType) => boolean, seed = 7): RecordBatch {
  const columns = [...anyColumns, ...unionColumns].filter(({ type }) => has(type));
  const fields = columns.map(({ type }, i) => new Field(`${i} ${String(type)}`, type, true));
  const children = columns.map(({ type, value }) => {
    const cell = DataType.isUnion(type) ? value : option(value);
    const cells = fc.array(cell, { minLength: 30, maxLength: 30 });
    return dataOf(type, fc.sample(cells, { numRuns: 1, seed })[0] ?? []);
  });
  const data = makeData({ type: new Struct(fields), length: 30, children });
  return new RecordBatch(new Schema(fields, new Map([['corpus', 'test']])), data);
}
