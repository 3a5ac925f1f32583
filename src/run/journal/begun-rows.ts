import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFailed } from '../../files/write-failed.ts';

/**
 * Says how many rows of a unit a process has begun to score. What it had begun but not committed when it was killed is
 * work that is done again: only by this note can that be counted.
 */
export interface BegunRows extends Disposable {
  add(rows: number): void;
}

const extension = '.begun';

/**
 * Notes begun rows in a file of the worker's own in the unit's journal directory, from `rows` on. Both are made with the first
 * rows.
 *
 * @throws ToeditError `WRITE_FAILED` of `add`.
 */
export function noteBegunRows(
  directory: string,
  { worker, rows }: { readonly worker: string; readonly rows: number },
): BegunRows {
  const path = join(directory, `${worker}${extension}`);
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw writeFailed(path, error);
    }
  };
  let file: number | undefined;
  let begun = rows;
  const create = (): number => {
    mkdirSync(directory, { recursive: true });
    return openSync(path, 'w');
  };
  return {
    add: (more) => {
      begun += more;
      attempt(() => {
        file ??= create();
        // Not synced: it outlives the process, and after a power cut only a statistic is short.
        writeSync(file, String(begun).padStart(digits), 0);
      });
    },
    [Symbol.dispose]: () => {
      if (file !== undefined) closeSync(file);
    },
  };
}

const digits = 20;

/** The most rows that any worker has begun; 0 where none has. */
export async function readBegunRows(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const notes = names.filter((name) => name.endsWith(extension));
  const begun = await Promise.all(notes.map((name) => readFile(join(directory, name), 'utf8')));
  return Math.max(0, ...begun.map(Number).filter(Number.isSafeInteger));
}
