import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ToeditError } from '#toedit/src/errors';
import {
  type RowGroupPlan,
  type SpliceOptions,
  spliceParquet,
} from '#toedit/src/parquet/splice/splice-parquet';
import { openFiles } from '../../../open-resources.ts';
import { root } from '../../../sandbox.ts';
import {
  encrypted,
  fixtures,
  hasReferee,
  otherChunks,
  otherColumns,
  queryFixture,
  readable,
  readByDuckdb,
  refereed,
  schemaOf,
  textsOf,
} from './parquet-fixtures.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-splice-'));
afterAll(() => rmSync(directory, { recursive: true }));

const sample = join(root, 'examples/corpus/books.parquet');
let outputs = 0;

async function splice(
  path: string,
  plan: SpliceOptions['plan'],
  column = 'text',
): Promise<{ readonly output: string; readonly rows: number }> {
  const output = join(directory, `${outputs++}-${basename(path)}`);
  const { bytes, rows } = await spliceParquet({ path, temporaryPath: output, column, plan });
  expect(readFileSync(output).length).toBe(bytes);
  return { output, rows };
}

/** An edit of which a test can tell what it makes of each text. */
const edited = (text: Uint8Array): Uint8Array =>
  text.length % 3 === 0 ? Buffer.concat([text, Buffer.from(' é'.repeat(text.length % 50))]) : text;
const editAll = (): RowGroupPlan => ({ edit: (_, text) => edited(text) });
const inHex = (hex: string | null) =>
  hex === null
    ? null
    : Buffer.from(edited(Buffer.from(hex, 'hex')))
        .toString('hex')
        .toUpperCase();

test.each(readable)('%s without edits is the same file', async (name) => {
  const path = join(fixtures, name);
  const { output } = await splice(path, () => ({}));
  expect(readFileSync(output).equals(readFileSync(path))).toBe(true);
});

describe.each(readByDuckdb)('%s', (name) => {
  const path = join(fixtures, name);

  test('with edits has other texts, and all else as it was', async () => {
    const { output } = await splice(path, editAll);
    expect(await textsOf(output)).toEqual((await textsOf(path)).map(inHex));
    expect(await otherColumns(output)).toEqual(await otherColumns(path));
    expect(await schemaOf(output)).toEqual(await schemaOf(path));
    expect(await otherChunks(output)).toEqual(await otherChunks(path));
  });

  test('with rows left out has the others as they were', async () => {
    const keep = (_: number, row: number): number => (row % 3 === 1 ? 0 : 1);
    const groups: number[] = [];
    const { output, rows } = await splice(path, (_, size) => {
      groups.push(size);
      return { ...editAll(), keep: new Uint8Array(size).map(keep) };
    });
    const isKept = groups.flatMap((size) => Array.from(new Uint8Array(size).map(keep)));
    const kept = <T>(all: readonly T[]): T[] => all.filter((_, i) => isKept[i] === 1);
    expect(rows).toBe(kept(isKept).length);
    expect(await textsOf(output)).toEqual(kept(await textsOf(path)).map(inHex));
    const before = (await otherColumns(path)) as { types: unknown; rows: unknown[] };
    expect(await otherColumns(output)).toEqual({ ...before, rows: kept(before.rows) });
    expect(await schemaOf(output)).toEqual(await schemaOf(path));
  });
});

test.each([
  ['struct.name', `"struct".name`, (text: string) => text],
  [
    'large_list.list.element',
    'large_list',
    (text: string) => `list_transform(large_list, x -> ${text})`,
  ],
])('the leaf %s is edited where it lies', async (column, value, inside) => {
  const path = join(fixtures, 'pyarrow-nested.parquet');
  const suffix = Buffer.from('é');
  const add = (): RowGroupPlan => ({ edit: (_, text) => Buffer.concat([text, suffix]) });
  const { output } = await splice(path, add, column);
  const expression = inside(column === 'struct.name' ? `${value} || 'é'` : `x || 'é'`);
  const all = (file: string, what: string) =>
    queryFixture(
      `SELECT ${what} AS v FROM read_parquet('${file}', file_row_number = true) ORDER BY file_row_number`,
    );
  expect(await all(output, value)).toEqual(await all(path, expression));
  expect(await textsOf(output)).toEqual(await textsOf(path));
});

test.skipIf(!hasReferee)(
  'pyarrow, DuckDB, Polars and a reader of bytes find nothing wrong',
  async () => {
    const pairs: [string, string, string][] = [];
    for (const name of readable) {
      const path = join(fixtures, name);
      pairs.push([path, (await splice(path, editAll)).output, 'text']);
      const someGroups = (index: number): RowGroupPlan => (index % 2 === 0 ? editAll() : {});
      pairs.push([path, (await splice(path, someGroups)).output, 'text']);
    }
    const wrong = refereed(pairs).flatMap((each, i) =>
      Array.isArray(each) && each.length > 0 ? [{ file: pairs[i]?.[0], each }] : [],
    );
    expect(wrong).toEqual([]);
  },
  120_000,
);

test('whole row groups that lose no rows are copied, whatever the others lose', async () => {
  const path = join(fixtures, 'pyarrow-page-index.parquet');
  const sizes: number[] = [];
  const { output } = await splice(path, (index, size) => {
    sizes.push(size);
    return index === 0 ? { keep: new Uint8Array(size) } : {};
  });
  expect(sizes.length).toBeGreaterThan(1);
  expect(await textsOf(output)).toEqual((await textsOf(path)).slice(sizes[0]));
});

test('any edits and any rows left out', async () => {
  const groupRows: number[] = [];
  await splice(sample, (_, rows) => {
    groupRows.push(rows);
    return {};
  });
  const texts = await textsOf(sample);
  const others = (await otherColumns(sample)) as { rows: unknown[] };
  const total = groupRows.reduce((sum, rows) => sum + rows, 0);
  const plans = fc.record({
    keep: fc.array(fc.boolean(), { minLength: total, maxLength: total }),
    edits: fc.dictionary(fc.nat(total - 1).map(String), fc.uint8Array({ maxLength: 3000 })),
  });
  const start = (group: number) => groupRows.slice(0, group).reduce((sum, rows) => sum + rows, 0);
  await fc.assert(
    fc.asyncProperty(plans, async ({ keep, edits }) => {
      const { output } = await splice(sample, (group, rows) => ({
        keep: Uint8Array.from(keep.slice(start(group), start(group) + rows), Number),
        edit: (row, text) => edits[start(group) + row]?.map((byte) => byte & 127) ?? text,
      }));
      const expected = texts.flatMap((text, row) => {
        const edit = edits[row]?.map((byte) => byte & 127);
        const hex = edit === undefined ? text : Buffer.from(edit).toString('hex').toUpperCase();
        return keep[row] === true ? [hex] : [];
      });
      expect(await textsOf(output)).toEqual(expected);
      const rest = (await otherColumns(output)) as { rows: unknown[] };
      expect(rest.rows).toEqual(others.rows.filter((_, row) => keep[row] === true));
    }),
    { numRuns: 15 },
  );
}, 60_000);

describe('refuses', () => {
  test.each(encrypted)('%s as encrypted', async (name) => {
    await expect(splice(join(fixtures, name), () => ({}))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/encrypted/) as string,
    });
  });

  test('a column that is not there, or is no text', async () => {
    await expect(splice(sample, () => ({}), 'txt')).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
    });
    const path = join(fixtures, 'pyarrow-numbers.parquet');
    const other = ((await schemaOf(path)) as { name: string; type: string | null }[]).find(
      ({ type }) => type === 'INT64',
    );
    await expect(splice(path, () => ({}), other?.name)).rejects.toMatchObject({
      code: 'COLUMN_TYPE',
    });
  });

  test('a place where something is', async () => {
    const temporaryPath = join(directory, 'taken');
    writeFileSync(temporaryPath, '');
    const options = { path: sample, temporaryPath, column: 'text', plan: () => ({}) };
    await expect(spliceParquet(options)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  });

  test('a page whose checksum is wrong, naming column and row group', async () => {
    const path = join(directory, 'flipped.parquet');
    const bytes = readFileSync(join(fixtures, 'pyarrow-checksums-page-v1.parquet'));
    bytes[60] = (bytes[60] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(splice(path, () => ({}))).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringMatching(/checksum.*column/) as string,
      place: { file: path, rowGroup: 0 },
    });
  });
});

test('errors of the plan and of an edit pass, a signal ends it, and files are closed', async () => {
  const failure = new Error('no such edit');
  const fail = (): never => {
    throw failure;
  };
  await expect(splice(sample, fail)).rejects.toBe(failure);
  await expect(splice(sample, () => ({ edit: fail }))).rejects.toBe(failure);
  const controller = new AbortController();
  const options = { path: sample, temporaryPath: join(directory, 'aborted'), column: 'text' };
  const abort = (): RowGroupPlan => {
    controller.abort(failure);
    return {};
  };
  const { signal } = controller;
  await expect(spliceParquet({ ...options, plan: abort, signal })).rejects.toBe(failure);
  expect(openFiles(directory)).toEqual([]);
});

describe('damage', () => {
  const names = ['pyarrow-page-index.parquet', 'spark-bloom.parquet', 'duckdb-nested.parquet'];
  test.each(names)(
    'in any bytes of %s ends in FILE_CORRUPT, or is none',
    async (name) => {
      const whole = readFileSync(join(fixtures, name));
      const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
      const path = join(directory, `damaged-${name}`);
      const damage = fc.array(
        fc.tuple(
          fc.oneof(
            { weight: 4, arbitrary: fc.integer({ min: footer, max: whole.length - 9 }) },
            { weight: 1, arbitrary: fc.integer({ min: 4, max: whole.length - 9 }) },
          ),
          fc.constantFrom(0, 0x1c, 0x19, 0xf9, 0xff, 0x80, 0x7f),
        ),
        { minLength: 1, maxLength: 4 },
      );
      await fc.assert(
        fc.asyncProperty(damage, fc.boolean(), async (changes, isCut) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          writeFileSync(path, bytes);
          const plan = (_: number, rows: number): RowGroupPlan =>
            isCut && rows < 1000 ? { keep: new Uint8Array(rows).map((_0, i) => i & 1) } : editAll();
          const output = await splice(path, plan).then(
            (result) => result.output,
            (error: unknown) => {
              const isOurs = error instanceof ToeditError;
              if (
                !isOurs ||
                !['FILE_CORRUPT', 'UNSUPPORTED', 'COLUMN_MISSING', 'COLUMN_TYPE'].includes(
                  error.code,
                )
              ) {
                throw error;
              }
              return undefined;
            },
          );
          if (output !== undefined) rmSync(output);
        }),
        { numRuns: 300 },
      );
      expect(openFiles(directory)).toEqual([]);
    },
    60_000,
  );
});
