import { DuckDBInstance } from '@duckdb/node-api';

/** Rows that DuckDB, the independent referee, answers with; values as it prints them in JSON. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(sql);
    return result.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const quoted = (path: string) => `'${path.replaceAll("'", "''")}'`;

/** Columns and their types. */
export async function columnTypes(path: string): Promise<[name: string, type: string][]> {
  const rows = await query(`DESCRIBE SELECT * FROM read_parquet(${quoted(path)})`);
  return rows.map((row) => [String(row['column_name']), String(row['column_type'])]);
}

/** The footer's key-value metadata, sorted by key. */
export async function keyValues(path: string): Promise<[key: string, value: string][]> {
  const rows = await query(
    `SELECT decode(key) k, decode(value) v FROM parquet_kv_metadata(${quoted(path)}) ORDER BY k`,
  );
  return rows.map((row) => [String(row['k']), String(row['v'])]);
}

/** For each column, in how many rows two Parquet files differ; and their row counts. */
export async function differences(left: string, right: string): Promise<Record<string, unknown>> {
  const counts = (await columnTypes(left)).map(
    ([name]) =>
      `count(*) FILTER (l."${name}" IS DISTINCT FROM r."${name}")::INT AS "${name} differs"`,
  );
  const side = (path: string) => `(FROM read_parquet(${quoted(path)}, file_row_number = true))`;
  const [row] = await query(
    `SELECT count(l.file_row_number)::INT l_rows, count(r.file_row_number)::INT r_rows, ${counts.join(', ')}
     FROM ${side(left)} l FULL JOIN ${side(right)} r USING (file_row_number)`,
  );
  return row ?? {};
}
