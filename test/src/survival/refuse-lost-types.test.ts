import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DataType,
  DateDay,
  Decimal,
  Dictionary,
  DurationSecond,
  Field,
  FixedSizeBinary,
  Int32,
  IntervalDayTime,
  IntervalYearMonth,
  List,
  Null,
  Schema,
  Struct,
  TimestampSecond,
  Utf8,
  Utf8View,
} from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { arrowParts } from '#toedit/src/survival/arrow-parts';
import { readParquetLeaves } from '#toedit/src/survival/read-parquet-leaves';
import {
  lostArrowColumns,
  lostParquetColumns,
  refuseLostTypes,
} from '#toedit/src/survival/refuse-lost-types';
import { arrowTypes, parquetTypes } from '#toedit/src/survival/type-tables';
import { query } from '../../duckdb.ts';
import { collect } from '../../operators/text-batch.ts';
import { root } from '../../sandbox.ts';
import { everyTypeBatch } from '../arrow/any-column.ts';
import { typeFixture } from './type-fixtures.ts';

const list = (type: DataType) => new List(new Field('item', type, true));
const struct = (type: DataType) => new Struct([new Field('part', type, true)]);
const lostOf = (type: DataType) =>
  lostArrowColumns(new Schema([new Field('c', type, true)]), 'parquet').map(({ path }) => path);

describe('Parquet', () => {
  test('its leaves are those that DuckDB sees', async () => {
    for (const file of ['parquet-types.parquet', 'duckdb-types.parquet', 'parquet-int96.parquet']) {
      const path = typeFixture(file);
      const rows = await query(
        `SELECT name FROM parquet_schema('${path}') WHERE type IS NOT NULL ORDER BY ALL`,
      );
      const leaves = (await readParquetLeaves(path)).filter(({ type }) => type !== 'VARIANT');
      const names = leaves.map(({ path: leaf }) => leaf.split('.').at(-1));
      expect(names.sort()).toEqual(rows.map(({ name }) => String(name)).sort());
    }
  });

  test('types whose values or meaning would go are refused, each with a remedy', async () => {
    const leaves = await readParquetLeaves(typeFixture('duckdb-types.parquet'));
    expect(lostParquetColumns(leaves)).toMatchObject([
      { path: 'interval', type: 'INTERVAL' },
      { path: 'variant', type: 'VARIANT' },
      { path: 'geometry', type: 'GEOMETRY' },
    ]);
    const path = typeFixture('parquet-int96.parquet');
    await expect(
      refuseLostTypes({ kind: 'parquet', path }, { to: 'arrow', file: 'a.parquet' }),
    ).rejects.toMatchObject({
      code: 'TYPE_LOST',
      message: expect.stringMatching(/^a\.parquet: column "int96" is of type INT96, .* TIMESTAMP/),
      place: { file: 'a.parquet' },
    });
    await refuseLostTypes({ kind: 'parquet', path }, { to: 'parquet', file: path });
  });

  test('a type from a later version of the format is refused', () => {
    expect(lostParquetColumns([{ path: 'c', type: 'logical type 40' }])).toHaveLength(1);
  });
});

describe('Arrow', () => {
  test('every type that can be built has a fate in the table', () => {
    for (const field of everyTypeBatch(() => true).schema.fields) {
      for (const { name } of arrowParts(field)) expect(Object.keys(arrowTypes)).toContain(name);
    }
  });

  test.each<[string, DataType]>([
    ['interval of months', new IntervalYearMonth()],
    ['interval of days', new IntervalDayTime()],
    ['timestamp in seconds', new TimestampSecond('UTC')],
    ['struct without fields', new Struct([])],
    ['fixed-size binary of no bytes', new FixedSizeBinary(0)],
    ['negative scale', new Decimal(-2, 10)],
    ['scale above precision', new Decimal(12, 10)],
    ['dictionary of lists', new Dictionary(list(new Int32()), new Int32())],
    ['dictionary of durations', new Dictionary(new DurationSecond(), new Int32())],
  ])('%s is refused for Parquet at every depth, and for nothing else', (_, type) => {
    expect(lostOf(type)).toEqual(['c']);
    expect(lostOf(list(type))).toEqual(['c.item']);
    expect(lostOf(struct(list(type)))).toEqual(['c.part.item']);
    const schema = new Schema([new Field('c', type)]);
    expect(lostArrowColumns(schema, 'jsonl')).toEqual([]);
    expect(lostArrowColumns(schema, 'arrow')).toEqual([]);
  });

  test('dictionaries of views are refused in lists and structs only: a column is written as one of text', () => {
    const type = new Dictionary(new Utf8View(), new Int32());
    expect(lostOf(type)).toEqual([]);
    expect(lostOf(list(type))).toEqual(['c.item']);
    expect(lostOf(struct(type))).toEqual(['c.part']);
  });

  test('nulls are refused in lists only', () => {
    expect(lostOf(struct(new Null()))).toEqual([]);
    expect(lostOf(list(struct(new Null())))).toEqual(['c.item.part']);
  });

  test.each<DataType>([new Utf8(), new DateDay(), list(new Dictionary(new Utf8(), new Int32()))])(
    '%s is not refused',
    (type) => {
      expect(lostOf(type)).toEqual([]);
    },
  );

  test.each(['run-end', 'list-view', 'large-list-view'])('%s cannot be read', async (name) => {
    const path = typeFixture(`arrow-${name}.arrow`);
    const column = name.replaceAll('-', '_');
    await expect(collect(readArrow(path))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(`${path}: column "${column}" is of type`),
    });
  });
});

test('the documentation has every type of the tables, with what becomes of it', () => {
  const text = readFileSync(join(root, 'docs/formats.md'), 'utf8');
  for (const [name, fate] of Object.entries({ ...parquetTypes, ...arrowTypes })) {
    const becomes = 'kept' in fate ? fate.kept : `refused: ${fate.remedy}`;
    expect(text).toContain(`| ${name} | ${becomes} |`);
  }
});
