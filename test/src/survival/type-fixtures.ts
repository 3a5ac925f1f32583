import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RecordBatch, type Table, tableFromIPC } from 'apache-arrow';
import { columnOf, withoutColumns } from '#toedit/src/arrow/columns';
import { registerIpcCodecs } from '#toedit/src/arrow/ipc/ipc-writer';
import { arrowToJson } from '#toedit/src/json/arrow-to-json';
import { root } from '../../sandbox.ts';

/** A file of `test/fixtures/types`, made by pyarrow or DuckDB. */
export function typeFixture(name: string): string {
  return join(root, 'test/fixtures/types', name);
}

/** What pyarrow reads in a fixture: for each column the JSON of each value. */
export function expectedValues(name: string): Readonly<Record<string, readonly string[]>> {
  const all = JSON.parse(readFileSync(typeFixture('expected.json'), 'utf8')) as Record<
    string,
    Record<string, string[]>
  >;
  return all[name] ?? {};
}

/** The JSON of each value of a column. */
export function jsonValues(batches: readonly RecordBatch[], name: string): string[] {
  return batches.flatMap((batch) => {
    const cells = arrowToJson(columnOf(batch, name).data);
    return Array.from({ length: batch.numRows }, (_, row) => cells(row));
  });
}

/** The batches with the columns of these names only. */
export function only(batches: readonly RecordBatch[], names: readonly string[]): RecordBatch[] {
  const others = (batches[0]?.schema.fields ?? [])
    .map((f) => f.name)
    .filter((n) => !names.includes(n));
  return batches.map((batch) => withoutColumns(batch, others));
}

/** An Arrow file as apache-arrow itself reads it. */
export async function readByLibrary(path: string): Promise<Table> {
  await registerIpcCodecs();
  return tableFromIPC(readFileSync(path));
}
