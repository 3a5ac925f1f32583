import { closeSync, openSync, writeSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordBatch, Schema } from 'apache-arrow';
import { readRegular } from '../../files/open-regular.ts';
import { writeFailed } from '../../files/write-bytes.ts';
import { parseTotals, type RunTotals, serializeTotals } from '../../metrics/totals.ts';
import type { Source } from '../../operator.ts';
import { makeInner } from '../enter-run.ts';

/**
 * The record batches of one output file that are known to be on disk, from row 0 on. Made by `openJournal`. One call at a time.
 */
export interface Journal extends AsyncDisposable {
  /** Rows committed so far, without a gap from row 0. */
  readonly rows: number;
  /** True where the end was committed at exactly these rows. */
  readonly isComplete: boolean;
  /** The schema of the first batch; undefined where there is none. */
  readonly schema: Schema | undefined;
  /**
   * What was counted of the committed batches (`countsOf`), in row order, each row's once. The counters of a batch without rows
   * count only where the journal has no row.
   */
  readonly counts: readonly RunTotals[];
  /**
   * Commits a record batch: once this resolves it survives the death of the process and of the machine. A batch without
   * rows is only kept as the first. After a rejection the journal stands as before and may be appended to again.
   *
   * The only batch of an output file ends it, and may be kept in memory alone: to lose it costs no more than to lose it before it
   * was made, and a small file costs the disk nothing.
   *
   * @throws ToeditError `COLUMN_TYPE` where the batch has another schema, or `WRITE_FAILED`.
   */
  append(batch: RecordBatch, options?: { readonly isOnly?: boolean }): Promise<void>;
  /**
   * Commits that no row follows.
   *
   * @throws ToeditError `WRITE_FAILED`; TypeError where no batch was ever appended.
   */
  complete(): Promise<void>;
  /**
   * All committed record batches in order, under one schema and without their counters; one batch is in memory at a time.
   *
   * @throws ToeditError `FILE_UNREADABLE`, or `FILE_CORRUPT` where a segment changed since it was opened.
   */
  batches(): Source;
  /** Closes the segment that was appended to, if any; disposing does the same. */
  close(): Promise<void>;
}

/** The key of a record batch's own metadata under which a segment keeps what was counted while the batch was made. */
const noteKey = 'toedit:note';

/**
 * The counters in the metadata of a segment's record batch; undefined where there are none.
 *
 * @throws SyntaxError or TypeError where the note is not `serializeTotals`'s.
 */
export function noteOf(metadata: ReadonlyMap<string, string>): RunTotals | undefined {
  const note = metadata.get(noteKey);
  return note === undefined ? undefined : parseTotals(note);
}

/** The metadata with these counters for a note; without a note where they are undefined. */
export function withNote(
  metadata: ReadonlyMap<string, string>,
  counts: RunTotals | undefined,
): Map<string, string> {
  const noted = new Map(metadata);
  noted.delete(noteKey);
  if (counts !== undefined) noted.set(noteKey, serializeTotals(counts));
  return noted;
}

/**
 * Says how many rows of an output file a process has begun to score. What it had begun but not committed when it was killed is
 * work that is done again: only by this note can that be counted.
 */
export interface BegunRows extends Disposable {
  /**
   * Makes the note, and the directory of the journal. Before that nothing is noted.
   *
   * @throws ToeditError `WRITE_FAILED`
   */
  open(): Promise<void>;
  /** @throws ToeditError `WRITE_FAILED` */
  add(rows: number): void;
}

const extension = '.begun';

/** Notes begun rows in a file of the worker's own in the output file's journal directory, from `rows` on. */
export function noteBegunRows(
  directory: string,
  { worker, rows }: { readonly worker: string; readonly rows: number },
): BegunRows {
  const path = join(directory, `${worker}${extension}`);
  let file: number | undefined;
  let begun = rows;
  const note = (): void => {
    try {
      // Not synced: it outlives the process, and after a power cut only a statistic is short.
      if (file !== undefined) writeSync(file, String(begun).padStart(digits), 0);
    } catch (error) {
      throw writeFailed(path, error);
    }
  };
  return {
    async open() {
      try {
        await makeInner(directory);
        file ??= openSync(path, 'w');
      } catch (error) {
        throw writeFailed(path, error);
      }
      note();
    },
    add(more) {
      begun += more;
      note();
    },
    [Symbol.dispose]() {
      if (file !== undefined) closeSync(file);
    },
  };
}

const digits = 20;

/** The most rows that any worker has begun; 0 where none has. */
export async function readBegunRows(directory: string): Promise<number> {
  const notes = await notesIn(directory);
  const begun = await Promise.all(notes.map(async (path) => String(await readRegular(path))));
  return Math.max(0, ...begun.map(Number).filter(Number.isSafeInteger));
}

/** Removes the notes: they were of rows that are no more. */
export async function forgetBegunRows(directory: string): Promise<void> {
  for (const path of await notesIn(directory)) await rm(path, { force: true });
}

async function notesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => name.endsWith(extension)).map((name) => join(directory, name));
}
