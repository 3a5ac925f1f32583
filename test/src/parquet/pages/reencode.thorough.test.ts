import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { query } from '../../../duckdb.ts';
import { sharedData } from '../../../shared-data.ts';
import { fixtureNames, fixtures } from './fixtures.ts';
import { reencode } from './reencoded-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-pages-'));
afterAll(() => rmSync(directory, { recursive: true }));
const copy = join(directory, 'copy.parquet');
const original = join(directory, 'original.parquet');

/** Rows of either file that the other has not, place included, as DuckDB reads the columns; and how many there are. */
async function compare(left: string, right: string, columns = '*'): Promise<unknown[]> {
  const rows = (path: string) =>
    `(SELECT row_number() OVER () AS row, ${columns} FROM read_parquet('${path}'))`;
  const without = (a: string, b: string) =>
    `(SELECT count(*)::INT FROM (FROM ${rows(a)} EXCEPT ALL FROM ${rows(b)}))`;
  const [counts] = await query(
    `SELECT ${without(left, right)} AS gone, ${without(right, left)} AS come, (SELECT count(*)::INT FROM ${rows(right)}) AS rows`,
  );
  return [counts?.['gone'], counts?.['come'], counts?.['rows']];
}

/** What DuckDB cannot read as it is, and a file of the same rows that it can. */
const siblings: Readonly<Record<string, string>> = {
  'pyarrow-byte-stream-split.parquet': 'pyarrow-numbers.parquet',
  'spark-lz4-hadoop.parquet': 'spark-lz4-raw.parquet',
};

describe('a file whose every page was decoded and encoded again reads equal in DuckDB', () => {
  test.for(fixtureNames(/^(?!encrypted)/))('%s', async (name) => {
    const path = join(fixtures, name);
    const sibling = siblings[name];
    await reencode(path, copy, name.includes('hadoop') ? { codec: 7 } : {});
    const other = name.includes('split') ? '* EXCLUDE (bool)' : '*';
    if (sibling === undefined)
      expect(await compare(path, copy)).toEqual([0, 0, await rowsOf(path)]);
    else {
      const left = await values(join(fixtures, sibling), other);
      expect(await values(copy, '*')).toEqual(left);
    }
  });

  const faults = ['encodings', '.'].flatMap((folder) =>
    [
      'DELTA_BYTE_ARRAY-v1',
      'DELTA_BYTE_ARRAY-v2',
      'DELTA_LENGTH_BYTE_ARRAY-v1',
      'DELTA_LENGTH_BYTE_ARRAY-v2',
      'one-value',
      'empty-groups',
      'interval-months',
      'int96-far',
      'logical-types',
    ]
      .map((name) => join(sharedData, '../faults', folder, `${name}.parquet`))
      .filter((path) => existsSync(path)),
  );
  test.for(faults)('%s', async (path) => {
    await reencode(path, copy);
    expect(await compare(path, copy)).toEqual([0, 0, await rowsOf(path)]);
  });

  const codecs = { snappy: 1, gzip: 2, brotli: 4, zstd: 6, lz4_raw: 7, uncompressed: 0 };
  test.for(Object.entries(codecs))(
    'in %s, of either version, with checksums',
    async ([, codec]) => {
      await query(
        `COPY (SELECT i, CASE WHEN i % 7 > 0 THEN repeat('text ' || i, i % 50) END AS t, [i, NULL, i % 9][: i % 4] AS list, i % 3 = 0 AS b
         FROM range(20000) r(i)) TO '${original}' (FORMAT parquet, ROW_GROUP_SIZE 9000)`,
      );
      for (const version of [1, 2] as const) {
        await reencode(original, copy, { codec, style: { version, withChecksum: true } });
        expect(await compare(original, copy)).toEqual([0, 0, 20000]);
      }
    },
  );
});

async function rowsOf(path: string): Promise<number> {
  const [row] = await query(`SELECT count(*)::INT AS n FROM read_parquet('${path}')`);
  return Number(row?.['n']);
}

function values(path: string, columns: string): Promise<Record<string, unknown>[]> {
  return query(`SELECT ${columns} FROM read_parquet('${path}')`);
}
