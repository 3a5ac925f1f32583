import {
  type Data,
  Dictionary,
  Int8,
  type RecordBatch,
  Table,
  tableFromIPC,
  tableToIPC,
  Uint8,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatRecordBatches, sliceRecordBatch } from '#toedit/src/arrow/concat/record-batches';
import { type AnyColumn, anyColumns, batchOf, dataOf, unionColumns } from './any-column.ts';
import { plain } from './plain-values.ts';

const valuesOf = (batch: RecordBatch): unknown[] =>
  Array.from({ length: batch.numRows }, (_, i) => plain(batch.getChildAt(0)?.get(i)));

/** The values after a walk through an Arrow IPC stream. */
const writtenValues = (batch: RecordBatch): unknown[] => {
  const table = tableFromIPC(tableToIPC(new Table([batch])));
  return Array.from({ length: table.numRows }, (_, i) => plain(table.getChildAt(0)?.get(i)));
};

function everyOffset(data: Data): number[] {
  const own = [data.offset, data.length > 0 ? Number(data.valueOffsets?.[0] ?? 0) : 0];
  return [...own, ...data.children.flatMap(everyOffset)];
}

interface Part {
  readonly values: readonly unknown[];
  readonly begin: number;
  readonly end: number;
}

const partOf = ({ value }: AnyColumn, isNullable: boolean): fc.Arbitrary<Part> =>
  fc
    .tuple(
      fc.array(isNullable ? fc.option(value, { nil: null, freq: 3 }) : value, { maxLength: 40 }),
      fc.nat(),
      fc.nat(),
    )
    .map(([values, a, b]) => {
      const begin = a % (values.length + 1);
      return { values, begin, end: begin + (b % (values.length - begin + 1)) };
    });

/** Slices, compacted or not, joined: the values, in memory and after IPC, are those of the source. */
function checkType(column: AnyColumn, isNullable: boolean): void {
  const parts = fc.array(partOf(column, isNullable), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(parts, fc.boolean(), (all, compacts) => {
      const whole = all.map(({ values }) => batchOf(dataOf(column.type, values)));
      const expected = all.flatMap(({ begin, end }, i) =>
        valuesOf(whole[i] as RecordBatch).slice(begin, end),
      );
      const [first, ...rest] = all.map(({ begin, end }, i) => {
        const batch = whole[i] as RecordBatch;
        return compacts ? sliceRecordBatch(batch, begin, end) : batch.slice(begin, end);
      });
      const joined = concatRecordBatches([first as RecordBatch, ...rest]) as RecordBatch;
      expect(valuesOf(joined)).toEqual(expected);
      expect(writtenValues(joined)).toEqual(expected);
      expect(new Set(everyOffset(joined.data))).toEqual(new Set([0]));
    }),
    { numRuns: 60 },
  );
}

describe('every type survives slicing, joining and Arrow IPC', () => {
  test.each(anyColumns.map((column) => [String(column.type), column] as const))('%s', (_, column) =>
    checkType(column, true),
  );
  test.each(unionColumns.map((column) => [String(column.type), column] as const))(
    '%s',
    (_, column) => checkType(column, false),
  );
});

test('a joined dictionary holds each value that rows use once, by first use', () => {
  const type = new Dictionary(new Utf8(), new Int8());
  const [a, b] = [
    ['x', 'y', 'x', null],
    ['z', 'x', 'y'],
  ].map((values) => batchOf(dataOf(type, values)));
  const joined = concatRecordBatches([a as RecordBatch, (b as RecordBatch).slice(1, 3)]);
  expect(valuesOf(joined as RecordBatch)).toEqual(['x', 'y', 'x', null, 'x', 'y']);
  expect([...(joined?.data.children[0]?.dictionary ?? [])]).toEqual(['x', 'y']);
});

test('dictionaries that do not fit one index type, or whose order means something, stay apart', () => {
  const words = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => prefix + i);
  const batch = (type: Dictionary, values: string[]) =>
    batchOf(vectorFromArray(values, type).data[0] as unknown as Data);
  const small = new Dictionary(new Utf8(), new Int8());
  const wider = new Dictionary(new Utf8(), new Uint8());
  const ordered = new Dictionary(new Utf8(), new Int8(), undefined, true);
  const join = (type: Dictionary) =>
    concatRecordBatches([batch(type, words('a', 100)), batch(type, words('b', 100))]);
  expect(join(small)).toBeUndefined();
  expect(join(wider)?.numRows).toBe(200);
  expect(join(ordered)).toBeUndefined();
});

test('schema and batch metadata are those of the first batch', () => {
  const metadata = new Map([['corpus', 'test']]);
  const batch = batchOf(dataOf(new Utf8(), ['a', 'b']), metadata);
  expect(sliceRecordBatch(batch, 1, 2).schema.metadata).toEqual(metadata);
});
