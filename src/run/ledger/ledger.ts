import { type FileHandle, open } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { syncDirectory } from '../../files/commit-file.ts';
import { writeFailed } from '../../files/write-bytes.ts';
import type { FileReport } from '../../metrics/summary.ts';
import type { RunTotals } from '../../metrics/totals.ts';
import type { InputFacts } from '../manifest/manifest.ts';
import type { RunPaths } from '../run-paths.ts';

/**
 * What a worker notes of a task: the outputs (of the file, or of members of the archive) that ended since its last entry, and how
 * the task stands. One JSON line of the worker's own ledger.
 */
export interface LedgerEntry {
  /** The task's index in the manifest. */
  readonly task: number;
  /** Counts from 0; `toedit retry` begins another. The highest attempt of all ledgers counts. */
  readonly attempt: number;
  /** `done` and `failed` end an attempt; `pending` begins one; `running` only brings reports. */
  readonly status: 'pending' | 'running' | 'done' | 'failed';
  /** Of a failed task: whether a later run tries it again by itself (a full disk, not a damaged file). */
  readonly retryable: boolean;
  /** ISO 8601. */
  readonly at: string;
  /** What the input holds now, where a `pending` entry takes it as it is and not as it was planned. */
  readonly input?: InputFacts | undefined;
  readonly outputs: readonly OutputReport[];
}

/** The code of an output that was left out because its input was removed after it had failed. */
export const removedCode = 'REMOVED';

/** What became of one output file: that of an input file, or of a member of an archive. */
export interface OutputReport extends FileReport {
  /** Rows set aside as dead letters; `rows` counts all that were read. */
  readonly deadLetters: number;
  /** The file that holds them; null where there are none. */
  readonly deadLetterFile: string | null;
  /** SHA-256 of the output file, in hexadecimal; null where there is none. */
  readonly sha256: string | null;
  /** SHA-256 of the file of dead letters; null where there is none. */
  readonly deadLetterSha256: string | null;
  /** What was counted of it, whichever processes computed its batches; null where it is not done. */
  readonly totals: RunTotals | null;
}

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
      const line = { run: paths.run, ...withRelativePaths(entry, paths.output) };
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

/** The entry as a ledger holds it: with paths from the output directory, which may be moved or mounted elsewhere. */
function withRelativePaths(entry: LedgerEntry, output: string): LedgerEntry {
  return withPaths(entry, (path) => relative(output, path));
}

/** The entry of a ledger, with paths where the output directory lies by now. */
export function withAbsolutePaths(entry: LedgerEntry, output: string): LedgerEntry {
  return withPaths(entry, (path) => resolve(output, path));
}

function withPaths(entry: LedgerEntry, place: (path: string) => string): LedgerEntry {
  const placed = (report: OutputReport): OutputReport => ({
    ...report,
    output: report.output === null ? null : place(report.output),
    deadLetterFile: report.deadLetterFile === null ? null : place(report.deadLetterFile),
  });
  return { ...entry, outputs: entry.outputs.map(placed) };
}
