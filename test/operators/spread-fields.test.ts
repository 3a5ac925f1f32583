import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toRows } from '#toedit/operators/formats/from-rows';
import { readJsonl } from '#toedit/operators/formats/read-jsonl';
import {
  type InferFieldsOptions,
  inferFields,
  spreadFields,
} from '#toedit/operators/spread-fields';
import { takeRows } from '#toedit/operators/take-rows';

type Row = Record<string, unknown>;

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function fieldsOf(lines: string, options?: InferFieldsOptions): Promise<string[]> {
  const fields = await inferFields(readJsonl(bytesOf(lines), { onBadLine: 'pass' }), options);
  return fields.map(({ name, type }) => `${name} ${String(type)}`);
}

async function spread(lines: string, options?: InferFieldsOptions, batchRows = 3): Promise<Row[]> {
  const fields = await inferFields(readJsonl(bytesOf(lines)), options);
  const batches = spreadFields(fields)(readJsonl(bytesOf(lines), { batchRows }));
  const rows: Row[] = [];
  for await (const row of toRows(batches)) rows.push(row);
  return rows;
}

const scalars = {
  string: fc.string({ unit: 'grapheme' }),
  integer: fc.maxSafeInteger(),
  number: fc.integer({ min: -1e9, max: 1e9 }).map((value) => value + 0.0625),
  boolean: fc.boolean(),
} as const;

/** What a field holds: one scalar, an array of one shape, or an object of several. */
type Shape = keyof typeof scalars | readonly Shape[] | { readonly [name: string]: Shape };

const names = fc.string({ unit: 'grapheme', maxLength: 4 });

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...(Object.keys(scalars) as (keyof typeof scalars)[])),
    tie('shape').map((item) => [item]),
    fc.dictionary(names, tie('shape'), { minKeys: 1, maxKeys: 3 }),
  ),
}));

/** Values of a shape, and never all null. */
function valuesOf(type: Shape): fc.Arbitrary<unknown> {
  if (typeof type === 'string') return scalars[type];
  if (isList(type)) {
    return fc.array(fc.option(valuesOf(type[0] ?? 'string'), { freq: 4 }), {
      minLength: 1,
      maxLength: 3,
    });
  }
  return membersOf(type);
}

function isList(type: Shape): type is readonly Shape[] {
  return Array.isArray(type);
}

function membersOf(type: Readonly<Record<string, Shape>>): fc.Arbitrary<Row> {
  const members = Object.entries(type).map(([name, each]) =>
    valuesOf(each).map((value) => [name, value] as const),
  );
  return fc.tuple(...members).map((entries) => Object.fromEntries(entries));
}

/** As a number column gives back what JSON wrote: an integer is a bigint. */
function asRead(value: unknown, type: Shape): unknown {
  if (value === null) return null;
  if (type === 'integer') return BigInt(value as number);
  if (typeof type === 'string') return value;
  if (isList(type)) return (value as unknown[]).map((item) => asRead(item, type[0] ?? 'string'));
  const members = Object.entries(value as Row);
  return Object.fromEntries(
    members.map(([name, each]) => [name, asRead(each, type[name] ?? 'string')]),
  );
}

const tables = fc
  .dictionary(names, shape, { maxKeys: 3 })
  .map((others): Record<string, Shape> => ({ ...others, text: 'string' }))
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      rows: fc.array(membersOf(type), { minLength: 1, maxLength: 10 }),
      batchRows: fc.integer({ min: 1, max: 12 }),
    }),
  );

describe('inferFields and spreadFields', () => {
  test('every field of every line becomes a column of its values', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ({ type, rows, batchRows }) => {
        const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
        const expected = (JSON.parse(JSON.stringify(rows)) as Row[]).map((row) =>
          asRead(row, type),
        );
        expect(await spread(lines, {}, batchRows)).toEqual(expected);
      }),
    );
  });

  test.each([
    ['integers', '1', '2', 'Int64'],
    ['an integer and a fraction', '1', '2.5', 'Float64'],
    ['the largest integers', '9223372036854775807', '-9223372036854775808', 'Int64'],
    ['minus nought', '1', '-0', 'Float64'],
    ['what Python writes', '1.5', 'NaN', 'Float64'],
    ['nothing but nulls', 'null', 'null', 'Utf8'],
    ['empty arrays', '[]', 'null', 'List<Utf8>'],
    ['empty objects', '{}', 'null', 'Utf8'],
    ['arrays and nulls', '[1]', '[null]', 'List<Int64>'],
    ['objects of other members', '{"a":1}', '{"b":"c"}', 'Struct<{a:Int64, b:Utf8}>'],
    ['dates as text', '"2024-01-01"', '"2024-01-02"', 'Utf8'],
  ])('%s', async (_, one, other, type) => {
    const lines = `{"text":"a","v":${one}}\n{"text":"b","v":${other}}\n`;
    expect(await fieldsOf(lines)).toEqual(['text Utf8', `v ${type}`]);
  });

  test.each([
    ['an integer and a string', '1', '"1"', '"v": in row 0 it has an integer, in row 1 a string'],
    ['an integer that no double holds', '0.5', '9007199254740993', 'in row 1 a long integer'],
    ['an integer that no column holds', '1', '9223372036854775808', 'in row 1 a huge integer'],
    ['a number that is none', '1.5', '1e400', 'in row 1 a huge number'],
    ['an object and an array', '{}', '[]', 'in row 0 it has an object, in row 1 an array'],
    ['items of two kinds', '[1]', '["a"]', '"v[]": in row 0 it has an integer, in row 1 a string'],
    ['members of two kinds', '{"a":{"b":1}}', '{"a":{"b":true}}', '"v.a.b": in row 0'],
    ['too deep a value', '1', `${'['.repeat(40)}${']'.repeat(40)}`, 'in row 1 an array'],
  ])('%s is an error, or text', async (_, one, other, message) => {
    const lines = `{"text":"a","v":${one}}\n{"text":"b","v":${other}}\n`;
    await expect(fieldsOf(lines, { name: 'a.jsonl' })).rejects.toMatchObject({
      code: 'TYPE_LOST',
      message: expect.stringContaining(message) as string,
      place: { file: 'a.jsonl', row: 1 },
    });
    const rows = await spread(lines, { mixed: 'text' });
    expect(rows.map(({ text }) => text)).toEqual(['a', 'b']);
  });

  test('mixed types as text: strings as they are, all else as it is written', async () => {
    const lines = '{"text":"a","v":"1"}\n{"text":"b","v":1.50}\n{"text":7,"v":{"k": [1e400]}}\n';
    expect(await spread(lines, { mixed: 'text' })).toEqual([
      { text: 'a', v: '1' },
      { text: 'b', v: '1.50' },
      { text: '7', v: '{"k": [1e400]}' },
    ]);
  });

  test.each([
    ['half a surrogate pair', '{"text":"a","v":"\\ud83d"}\n', 'TYPE_LOST'],
    ['no object', '{"text":"a"}\n[1]\n', 'FILE_CORRUPT'],
    ['bytes that are not UTF-8', Buffer.from('{"text":"\xff"}\n', 'latin1'), 'FILE_CORRUPT'],
  ])('%s is an error, whatever mixed fields become', async (_, lines, code) => {
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(lines as string);
    }
    const read = inferFields(readJsonl(bytes(), { onBadLine: 'pass' }), { mixed: 'text' });
    await expect(read).rejects.toMatchObject({ code });
  });

  test('rows that are to be set aside are left out', async () => {
    const lines = '{"text":"a","v":1}\nnone\n{"text":null,"v":"b"}\n';
    expect(await fieldsOf(lines, { onlyTexts: true })).toEqual(['text Utf8', 'v Int64']);
  });

  test('the last of members of one name counts; a column of no line is refused', async () => {
    expect(await spread('{"text":"a","v":1,"v":2}\n')).toEqual([{ text: 'a', v: 2n }]);
    async function* empty() {}
    await expect(inferFields(takeRows(0)(empty()))).resolves.toEqual([]);
  });
});
