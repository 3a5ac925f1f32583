import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../files/sync-directory.ts';
import { writeFailed } from '../../files/write-failed.ts';
import type { RunPaths } from '../run-paths.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import { withoutPlace } from './placed-entry.ts';

/** The ledger of one worker, which nobody else writes. */
export interface Ledger extends AsyncDisposable {
  /**
   * Adds an entry, which is on disk when this resolves. Entries keep the order of the calls.
   *
   * @throws ToeditError `WRITE_FAILED`: the entry is not there, and the ledger may be used on.
   */
  append(entry: LedgerEntry): Promise<void>;
}

/** Where the ledger of that worker lies. */
export function ledgerPath(paths: RunPaths, worker: string): string {
  return join(paths.workers, `${worker}${ledgerExtension}`);
}

/** How the names of ledgers end. */
export const ledgerExtension = '.ledger.jsonl';

/**
 * The ledger of a worker that has none yet: its file is made with the first entry, in a directory that is there (see
 * `enterRun`). Each line says to which run it belongs.
 */
export function openLedger(paths: RunPaths, worker: string): Ledger {
  const path = ledgerPath(paths, worker);
  let file: LedgerFile | undefined;
  let last: Promise<void> = Promise.resolve();
  const append = async (entry: LedgerEntry): Promise<void> => {
    try {
      file ??= await createLedger(path);
      const line = { run: paths.run, ...withoutPlace(entry, paths.output) };
      await appendLine(file, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw writeFailed(path, error);
    }
  };
  return {
    append(entry) {
      const done = last.then(() => append(entry));
      last = done.catch(() => undefined);
      return done;
    },
    async [Symbol.asyncDispose]() {
      await last;
      await file?.handle.close();
    },
  };
}

interface LedgerFile {
  readonly handle: FileHandle;
  /** Bytes of whole entries. */
  length: number;
}

async function createLedger(path: string): Promise<LedgerFile> {
  const handle = await open(path, 'wx');
  await syncDirectory(join(path, '..'));
  return { handle, length: 0 };
}

/** An entry that could not be written whole must not be joined by the next one: that overwrites it. */
async function appendLine(file: LedgerFile, line: string): Promise<void> {
  const { handle, length } = file;
  const bytes = Buffer.from(line);
  if ((await handle.stat()).size > length) await handle.truncate(length);
  for (let at = 0; at < bytes.length; ) {
    at += (await handle.write(bytes, at, bytes.length - at, length + at)).bytesWritten;
  }
  await handle.datasync();
  file.length += bytes.length;
}
