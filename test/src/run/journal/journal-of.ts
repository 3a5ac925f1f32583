import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { emptyTotals, type RunTotals } from '#toedit/src/metrics/totals';
import type { Journal } from '#toedit/src/run/journal/journal';
import { openJournal } from '#toedit/src/run/journal/open-journal';
import { plainColumns } from '../../arrow/plain-values.ts';

/** The cells of the column `c`, in order. */
export function cells(batches: readonly RecordBatch[]): unknown[] {
  return batches.flatMap((batch) => plainColumns([batch])['c'] ?? []);
}

/** Counters that tell record batches apart. */
export function countOf(index: number): RunTotals {
  return { ...emptyTotals(), rows: index, smallestMargin: index / 8 };
}

/** A directory that goes with its scope. */
export interface Scratch extends Disposable {
  readonly directory: string;
}

/** Makes one in the system's temporary directory. */
export function scratch(): Scratch {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-journal-'));
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A journal there, of one identity. */
export function open(directory: string, worker = 'a'): Promise<Journal> {
  return openJournal(directory, { identity: 'one', worker });
}

/** Opens a journal, appends, and closes it. */
export async function write(
  directory: string,
  batches: readonly RecordBatch[],
  worker = 'a',
): Promise<void> {
  await using journal = await open(directory, worker);
  for (const batch of batches) await journal.append(batch);
}

/** What a journal gives back. */
export async function replay(journal: Journal): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for await (const batch of journal.batches()) batches.push(batch);
  return batches;
}
