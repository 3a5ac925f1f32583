import type { RecordBatch } from 'apache-arrow';

/** What a value is, whatever class apache-arrow gives it. */
export function plain(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object') return Object.is(value, -0) ? '-0' : value;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  if (value instanceof Date) return value.getTime();
  if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>, plain);
  return Object.entries(value).map(([key, item]) => [key, plain(item)]);
}

/** The plain values of one column of batches, one after the other. */
function plainColumn(batches: readonly RecordBatch[], name: string): unknown[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, i) => plain(batch.getChild(name)?.get(i))),
  );
}

/** The plain values of all columns, by name. */
export function plainColumns(batches: readonly RecordBatch[]): Record<string, unknown[]> {
  const names = (batches[0]?.schema.names ?? []) as string[];
  return Object.fromEntries(names.map((name) => [name, plainColumn(batches, name)]));
}
