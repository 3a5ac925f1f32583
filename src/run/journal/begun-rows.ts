import { closeSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFailed } from '../../files/write-failed.ts';
import { makeInner } from '../enter-run.ts';

/**
 * Says how many rows of a unit a process has begun to score. What it had begun but not committed when it was killed is
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

/** Notes begun rows in a file of the worker's own in the unit's journal directory, from `rows` on. */
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
  const begun = await Promise.all(notes.map((path) => readFile(path, 'utf8')));
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
