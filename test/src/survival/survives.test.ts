import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { writeJsonl } from '#toedit/operators/formats/write-jsonl';
import { writeParquet } from '#toedit/operators/formats/write-parquet';
import { rebatch } from '#toedit/operators/rebatch';
import { schemaSignature } from '#toedit/src/arrow/schemas';
import { readParquetLeaves } from '#toedit/src/survival/read-parquet-leaves';
import { lostArrowColumns, lostParquetColumns } from '#toedit/src/survival/refuse-lost-types';
import { columnTypes, query } from '../../duckdb.ts';
import { collect } from '../../operators/text-batch.ts';
import { expectedValues, jsonValues, only, readByLibrary, typeFixture } from './type-fixtures.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-types-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Cut into batches of three rows, as a run would. */
async function* cut(batches: readonly RecordBatch[]) {
  yield* rebatch({ rows: 3 })(
    (async function* () {
      yield* batches;
    })(),
  );
}

/** Every column as JSON Lines has it, written at once. */
async function jsonLinesOf(batches: readonly RecordBatch[]): Promise<Record<string, string[]>> {
  const path = join(directory, 'v.jsonl');
  await writeJsonl(path, { overwrite: true })(cut(batches));
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const names = (batches[0]?.schema.fields ?? []).map((field) => `"${field.name}":`);
  const starts = lines.map((line) => names.map((name) => line.indexOf(name)));
  return Object.fromEntries(
    names.map((name, i) => [
      JSON.parse(name.slice(0, -1)) as string,
      lines.map((line, row) =>
        line.slice((starts[row]?.[i] ?? 0) + name.length, (starts[row]?.[i + 1] ?? 0) - 1),
      ),
    ]),
  );
}

describe.each(['parquet-types.parquet', 'parquet-no-arrow-schema.parquet'])('%s', (file) => {
  const expected = expectedValues(file);
  const names = Object.keys(expected);
  let inArrow: RecordBatch[] = [];
  let inJson: Record<string, string[]> = {};
  beforeAll(async () => {
    const batches = await collect(readParquet(typeFixture(file)));
    const path = join(directory, 'v.arrow');
    await writeArrow(path, { overwrite: true })(cut(batches));
    inArrow = (await readByLibrary(path)).batches;
    inJson = await jsonLinesOf(batches);
  });

  test('all of its types survive, by the table', async () => {
    expect(lostParquetColumns(await readParquetLeaves(typeFixture(file)))).toEqual([]);
    expect(names.length).toBeGreaterThan(50);
  });

  test.each(names)('%s is in Arrow and JSON Lines what pyarrow reads', (name) => {
    expect(jsonValues(inArrow, name)).toEqual(expected[name]);
    expect(inJson[name]).toEqual(expected[name]);
  });
});

describe('arrow-types.arrow', () => {
  const file = 'arrow-types.arrow';
  const expected = expectedValues(file);
  const names = Object.keys(expected);
  let batches: RecordBatch[] = [];
  let lost: string[] = [];
  beforeAll(async () => {
    batches = await collect(readArrow(typeFixture(file)));
    const [first] = batches;
    if (first !== undefined) lost = lostArrowColumns(first.schema, 'parquet').map((c) => c.path);
  });
  const isLost = (name: string) =>
    lost.some((path) => path === name || path.startsWith(`${name}.`));

  test.each(['none', 'zstd'] as const)('stays itself in Arrow: %s', async (compression) => {
    const path = join(directory, 'v.arrow');
    await writeArrow(path, { overwrite: true, compression })(cut(batches));
    const { schema, batches: back } = await readByLibrary(path);
    for (const name of names) expect(jsonValues(back, name), name).toEqual(expected[name]);
    const was = batches[0]?.schema;
    expect(schemaSignature(schema)).toBe(was && schemaSignature(was));
    expect(schema.fields.map((f) => f.metadata)).toEqual(was?.fields.map((f) => f.metadata));
  });

  test('is in JSON Lines what pyarrow reads', async () => {
    expect(await jsonLinesOf(batches)).toEqual(expected);
  });

  test('what is not refused is in Parquet what pyarrow writes', async () => {
    const kept = names.filter((name) => !isLost(name));
    expect(kept.length).toBeGreaterThan(50);
    const path = join(directory, 'v.parquet');
    await writeParquet(path, { overwrite: true })(cut(only(batches, kept)));
    const back = await collect(readParquet(path));
    for (const name of kept) expect(jsonValues(back, name), name).toEqual(expected[name]);
    // DuckDB reads what pyarrow made of the same columns.
    const pyarrow = typeFixture('parquet-types.parquet');
    const typesOf = async (from: string) =>
      (await columnTypes(from)).filter(([name]) => kept.includes(name) && !isExtension(name));
    expect(await typesOf(path)).toEqual(await typesOf(pyarrow));
    const columns = (await typesOf(path)).map(([name]) => `"${name}"`).join();
    const select = (from: string) => query(`SELECT ${columns} FROM '${from}'`);
    expect(await select(path)).toEqual(await select(pyarrow));
  });

  test('what is refused for Parquet is what cannot be in it', async () => {
    expect(lost.sort()).toEqual([
      'date64',
      'decimal_negative_scale',
      'dense_union',
      'empty_struct',
      'list_of_intervals.item',
      'list_of_union.item',
      'month_day_nano',
      'sparse_union',
      'struct_of_union.u',
      'time32_s',
      'timestamp_s',
      'timestamp_s_zone',
      'union_codes',
    ]);
  });
});

/** Types of Arrow's extensions: Parquet has annotations for them, which parquet-wasm does not write. */
function isExtension(name: string): boolean {
  return name === 'uuid' || name === 'json';
}
