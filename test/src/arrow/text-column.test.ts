import {
  Binary,
  BinaryView,
  type Data,
  DataType,
  Dictionary,
  Field,
  FixedSizeBinary,
  Int8,
  Int32,
  LargeBinary,
  LargeUtf8,
  makeData,
  Null,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  Utf8View,
  Vector,
} from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BytesType } from '#toedit/src/arrow/byte-cells';
import { batchOfColumns, withColumns, withoutColumns } from '#toedit/src/arrow/columns';
import {
  replaceTextColumn,
  type TextType,
  textColumn,
  textData,
} from '#toedit/src/arrow/text-column';

type Cell = Uint8Array | null;
const plainTypes = [
  ...[new Utf8(), new LargeUtf8(), new Utf8View()],
  ...[new Binary(), new LargeBinary(), new BinaryView()],
];
const types: readonly TextType[] = [
  ...plainTypes,
  ...plainTypes.map((type) => new Dictionary<BytesType>(type, new Int8())),
];
/** Values of up to 12 bytes lie in a view itself. */
const cell = fc.option(fc.uint8Array({ maxLength: 20 }), { nil: null, freq: 4 });

function cellsOf(rows: readonly Cell[]) {
  const offsets = new Int32Array(rows.length + 1);
  const bits = new Uint8Array((rows.length + 7) >> 3);
  rows.forEach((row, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + (row?.length ?? 0);
    if (row !== null) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  });
  const values = Buffer.concat(rows.map((row) => row ?? Buffer.alloc(0)));
  return { offsets, values, validity: rows.includes(null) ? bits : undefined };
}

function dataOf(type: TextType, rows: readonly Cell[]): Data {
  const { values, offsets, validity } = cellsOf(rows);
  if (!DataType.isDictionary(type)) return textData(type as BytesType, cellsOf(rows));
  return makeData({
    ...{ type, length: rows.length, nullCount: validity === undefined ? 0 : -1 },
    nullBitmap: validity ?? null,
    data: Int8Array.from(rows, (_, row) => row),
    dictionary: new Vector([textData(type.dictionary, { offsets, values })]),
  });
}

function batchOf(type: TextType, rows: readonly Cell[]): RecordBatch {
  const fields = [
    new Field('id', new Int32(), false),
    new Field('text', type, true, new Map([['k', 'v']])),
  ];
  const schema = new Schema(fields, new Map([['corpus', 'test']]));
  const id = makeData({ type: new Int32(), data: Int32Array.from(rows, (_, i) => i) });
  const children = [id, dataOf(type, rows)];
  const data = makeData({ type: new Struct(fields), length: rows.length, children });
  return new RecordBatch(schema, data);
}

function rowsOf(batch: RecordBatch): Cell[] {
  const column = textColumn(batch, 'text');
  return Array.from({ length: column.length }, (_, row) =>
    column.isNull(row) ? null : Uint8Array.from(column.bytes(row)),
  );
}

const plain = (rows: readonly Cell[]) => rows.map((row) => row && Uint8Array.from(row));

test('reads every text type, at any offset of a sliced batch', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.array(cell),
      fc.nat(),
      fc.nat(),
      (type, rows, a, b) => {
        const begin = a % (rows.length + 1);
        const end = begin + (b % (rows.length - begin + 1));
        const slice = batchOf(type, rows).slice(begin, end);
        expect(rowsOf(slice)).toEqual(plain(rows.slice(begin, end)));
        const { validity } = textColumn(slice, 'text');
        rows.slice(begin, end).forEach((row, i) => {
          const bit = validity === undefined ? 1 : ((validity[i >> 3] ?? 0) >> (i & 7)) & 1;
          expect(bit).toBe(row === null ? 0 : 1);
        });
      },
    ),
  );
});

test('a replaced column has the new cells, the old type, place, field and metadata', () => {
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.array(fc.tuple(cell, cell)), (type, pairs) => {
      const batch = batchOf(
        type,
        pairs.map(([old]) => old),
      );
      const rows = pairs.map(([, now]) => now);
      const replaced = replaceTextColumn(batch, 'text', cellsOf(rows));
      expect(rowsOf(replaced)).toEqual(plain(rows));
      expect(replaced.schema.names).toEqual(['id', 'text']);
      expect(replaced.schema.fields[1]).toMatchObject({ type, nullable: true });
      expect(replaced.schema.fields[1]?.metadata).toEqual(new Map([['k', 'v']]));
      expect(replaced.schema.metadata).toEqual(new Map([['corpus', 'test']]));
      expect([...(replaced.getChild('id') ?? [])]).toEqual(rows.map((_, i) => i));
    }),
  );
});

test('a null value of a dictionary is no text, in whatever piece of it', () => {
  const rows = [null, Uint8Array.of(65), null, Uint8Array.of(66, 67)];
  const pieces = [rows.slice(0, 2), [], rows.slice(2)].map((part) =>
    textData(new Utf8(), cellsOf(part)),
  );
  const type = new Dictionary(new Utf8(), new Int32());
  const keys = Int32Array.of(3, 2, 1, 0, 3);
  const data = makeData({
    type,
    length: 5,
    data: keys,
    dictionary: new Vector<Utf8>(pieces as Data<Utf8>[]),
  });
  const batch = batchOfColumns([{ field: new Field('text', type, true), data }], {
    numRows: 5,
    metadata: new Map(),
  } as RecordBatch);
  expect(rowsOf(batch)).toEqual([3, 2, 1, 0, 3].map((key) => rows[key]));
});

test('nulls alone are read as no texts', () => {
  const field = new Field('text', new Null(), true);
  const data = makeData({ type: new Null(), length: 3 });
  const batch = withColumns(batchOf(new Utf8(), [null, null, null]), [{ field, data }]);
  expect(rowsOf(batch)).toEqual([null, null, null]);
});

test('what no text of another length can be put into is read, and refused by name', () => {
  const fixed = new FixedSizeBinary(2);
  const data = makeData({ type: fixed, data: Uint8Array.of(65, 66, 67, 68) });
  const rows = [null, null];
  const ordered = new Dictionary(new Utf8(), new Int8(), 1, true);
  const batches = [
    withColumns(batchOf(new Utf8(), rows), [{ field: new Field('text', fixed), data }]),
    batchOf(ordered, [Uint8Array.of(65, 66), Uint8Array.of(67, 68)]),
  ];
  for (const batch of batches) {
    expect(rowsOf(batch)).toEqual([Uint8Array.of(65, 66), Uint8Array.of(67, 68)]);
    expect(() => replaceTextColumn(batch, 'text', cellsOf(rows))).toThrow(
      expect.objectContaining({ code: 'COLUMN_TYPE' }) as Error,
    );
  }
});

test('a dictionary keeps what rows use, each once, and says where its indices do not suffice', () => {
  const type = new Dictionary(new Utf8View(), new Int8());
  const texts = (count: number) => Array.from({ length: 300 }, (_, i) => Buffer.from([i % count]));
  const batch = batchOf(
    type,
    Array.from({ length: 300 }, () => null),
  );
  const replaced = replaceTextColumn(batch, 'text', cellsOf(texts(128)));
  expect(replaced.data.children[1]?.dictionary?.length).toBe(128);
  expect(() => replaceTextColumn(batch, 'text', cellsOf(texts(129)))).toThrow(
    expect.objectContaining({ code: 'TYPE_LOST' }) as Error,
  );
});

test('a missing column lists those there are, another type says so', () => {
  const batch = batchOf(new Utf8(), []);
  const caught = (name: string) => {
    try {
      textColumn(batch, name);
    } catch (error) {
      return error;
    }
    return undefined;
  };
  expect(caught('texts')).toMatchObject({ code: 'COLUMN_MISSING' });
  expect(String(caught('texts'))).toContain('"id", "text"');
  expect(caught('id')).toMatchObject({ code: 'COLUMN_TYPE' });
  expect(String(caught('id'))).toContain('Int32');
});

test('columns are appended, put in place and taken away', () => {
  const batch = batchOf(new Utf8(), [null, Uint8Array.of(65)]);
  const column = (name: string) => ({
    field: new Field(name, new Int32(), false),
    data: makeData({ type: new Int32(), data: Int32Array.of(7, 8) }),
  });
  const more = withColumns(batch, [column('last'), column('id')]);
  expect(more.schema.names).toEqual(['id', 'text', 'last']);
  expect([...(more.getChild('id') ?? [])]).toEqual([7, 8]);
  const fewer = withoutColumns(more, ['id', 'absent']);
  expect(fewer.schema.names).toEqual(['text', 'last']);
  expect(fewer.numRows).toBe(2);
  expect(fewer.schema.metadata).toEqual(batch.schema.metadata);
  expect(() => withColumns(batch.slice(0, 1), [column('x')])).toThrow(RangeError);
});
