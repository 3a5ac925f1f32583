import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { root } from '../../../sandbox.ts';

/** Parquet files of five writers; all have a column `text`. */
export const fixtures: string = join(root, 'test/fixtures/parquet');

/** Their names: of those that can be read, and of those that are encrypted. */
export const readable: string[] = namesOf((name) => !name.startsWith('encrypted'));
export const encrypted: string[] = namesOf((name) => name.startsWith('encrypted'));

function namesOf(isWanted: (name: string) => boolean): string[] {
  return readdirSync(fixtures).filter((name) => name.endsWith('.parquet') && isWanted(name));
}

/** Fixtures that DuckDB does not read: then only the referee's other readers judge. */
const beyondDuckdb = new Set([
  // BYTE_STREAM_SPLIT of integers.
  'pyarrow-byte-stream-split.parquet',
  // The LZ4 of Hadoop.
  'spark-lz4-hadoop.parquet',
]);
export const readByDuckdb: string[] = readable.filter((name) => !beyondDuckdb.has(name));

// One for all: each costs more than a query.
const connection = await (await DuckDBInstance.create()).connect();

async function query(sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

const from = (path: string) => `read_parquet('${path}', file_row_number = true)`;

/** The rows of a file, but the text and the row's number, as DuckDB prints them, and its types. */
export async function otherColumns(path: string): Promise<unknown> {
  const types = await query(`DESCRIBE SELECT * FROM read_parquet('${path}')`);
  const names = types.map((row) => `"${String(row['column_name'])}"`);
  const columns = names.filter((name) => name !== '"text"');
  const values = columns.map((name) => `CAST(${name} AS VARCHAR) AS ${name}`).join(', ');
  const rows = await query(`SELECT ${values} FROM ${from(path)} ORDER BY file_row_number`);
  return { types, rows };
}

/** The bytes of the texts in hex, null where there is none. */
export async function textsOf(path: string, column = 'text'): Promise<(string | null)[]> {
  const rows = await query(
    `SELECT hex(CAST(${column} AS BLOB)) AS t FROM ${from(path)} ORDER BY file_row_number`,
  ).catch(() =>
    query(
      `SELECT hex(CAST(${column} AS VARCHAR)) AS t FROM ${from(path)} ORDER BY file_row_number`,
    ),
  );
  return rows.map(({ t }) => (typeof t === 'string' ? t : null));
}

/** What DuckDB reads of the schema: physical and logical types. */
export async function schemaOf(path: string): Promise<unknown> {
  return query(`SELECT * EXCLUDE (file_name) FROM parquet_schema('${path}')`);
}

/** What DuckDB reads of all chunks but the text's, places left out. */
export async function otherChunks(path: string): Promise<unknown> {
  return query(
    `SELECT * EXCLUDE (file_name, file_offset, row_group_bytes, row_group_compressed_bytes, dictionary_page_offset,
       data_page_offset, index_page_offset, bloom_filter_offset)
     FROM parquet_metadata('${path}') WHERE path_in_schema <> 'text' ORDER BY row_group_id, column_id`,
  );
}

const python = process.env['TOEDIT_REFEREE_PYTHON'] ?? '/tmp/venv-referee/bin/python';

/** False where the referee of three readers cannot run. */
export const hasReferee: boolean =
  existsSync(python) && spawnSync(python, ['-c', 'import pyarrow, duckdb, polars']).status === 0;

if (!hasReferee) console.warn(`skipped: the referee needs pyarrow, duckdb and polars in ${python}`);

const judge = `
import json, sys
sys.path.insert(0, sys.argv[1])
import referee
for line in sys.stdin:
    before, after, text = json.loads(line)
    print(json.dumps(referee.judge(before, after, text)["wrong"]))
`;

/** What the referee finds wrong in each pair of input and output. */
export function refereed(pairs: readonly (readonly [string, string, string])[]): unknown[] {
  const input = pairs.map((pair) => `${JSON.stringify(pair)}\n`).join('');
  const { stdout, stderr } = spawnSync(python, ['-c', judge, fixtures], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const lines = stdout.trim().split('\n');
  if (lines.length !== pairs.length) throw new Error(stderr);
  return lines.map((line) => JSON.parse(line) as unknown);
}
