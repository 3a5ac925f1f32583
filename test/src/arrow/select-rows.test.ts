import type { RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { selectRows } from '#toedit/src/arrow/concat/record-batches';
import { type AnyColumn, anyColumns, batchOf, dataOf, unionColumns } from './any-column.ts';
import { plainColumns } from './plain-values.ts';

const metadata = new Map([['corpus', 'test']]);

const cells = (batch: RecordBatch): unknown[] => plainColumns([batch])['c'] ?? [];

function checkType({ type, value }: AnyColumn, isNullable: boolean): void {
  const cell = isNullable ? fc.option(value, { nil: null, freq: 3 }) : value;
  const rows = fc.array(fc.tuple(cell, fc.boolean()), { maxLength: 40 });
  fc.assert(
    fc.property(rows, fc.nat(3), (all, skipped) => {
      const values = all.map(([one]) => one);
      const batch = batchOf(dataOf(type, values), metadata).slice(Math.min(skipped, all.length));
      const taken = all.slice(skipped).flatMap(([, isTaken], row) => (isTaken ? row : []));
      const selected = selectRows(batch, Int32Array.from(taken));
      expect(cells(selected)).toEqual(taken.map((row) => cells(batch)[row]));
      expect(selected.schema.metadata).toEqual(metadata);
    }),
    { numRuns: 40 },
  );
}

describe('takes the rows of every type', () => {
  test.each(anyColumns.map((column) => [String(column.type), column] as const))('%s', (_, column) =>
    checkType(column, true),
  );
  test.each(unionColumns.map((column) => [String(column.type), column] as const))(
    '%s',
    (_, column) => checkType(column, false),
  );
});
