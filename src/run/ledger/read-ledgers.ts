import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { corruptFile, isErrno } from '../../errors.ts';
import { openRegular } from '../../files/open-regular.ts';
import { fileUnreadable } from '../../files/read-bytes.ts';
import { emptyTotals } from '../../metrics/totals.ts';
import type { RunPaths } from '../run-paths.ts';
import { ledgerFold, type TaskState } from './fold-ledger.ts';
import type { LedgerEntry, OutputReport } from './ledger.ts';
import { ledgerExtension, withAbsolutePaths } from './ledger.ts';

/** The ledgers of a run, read on as they grow. */
export interface LedgerReader {
  /**
   * Reads what was appended since the last call. A last line without its end is left until it has one.
   *
   * @throws ToeditError `FILE_CORRUPT` naming the file and the line (from 1) of any other damage; `FILE_UNREADABLE`.
   */
  update(): Promise<void>;
  /** How a task stands, by what was read. */
  stateOf(task: number): TaskState;
  /** By the task's index; tasks that no worker has touched are not there. */
  states(): ReadonlyMap<number, TaskState>;
}

/** A reader of the ledgers of all workers that has read nothing yet. */
export function ledgerReader(paths: RunPaths): LedgerReader {
  const fold = ledgerFold();
  const places = new Map<string, Place>();
  const update = async (): Promise<void> => {
    for (const name of await ledgerNames(paths)) {
      const path = join(paths.workers, name);
      const place = places.get(name) ?? { bytes: 0, lines: 0 };
      places.set(name, place);
      await readOn(path, place, (line) => {
        const { run, ...entry } = parseEntry(line, path, place.lines + 1);
        // A ledger that was copied here from another run says nothing of this one.
        if (run === undefined || run === paths.run)
          fold.add(withAbsolutePaths(entry, paths.output));
      });
    }
  };
  let last: Promise<void> = Promise.resolve();
  return {
    update() {
      // One after the other: two that read at once would both read the same lines.
      last = last.catch(() => undefined).then(update);
      return last;
    },
    stateOf: (task) => fold.stateOf(task),
    states: () => fold.states(),
  };
}

/**
 * How each task of a run stands, by its index, from the ledgers of all workers; tasks that none has touched are not there.
 *
 * @throws ToeditError as {@link LedgerReader} does.
 */
export async function readLedgers(paths: RunPaths): Promise<ReadonlyMap<number, TaskState>> {
  const reader = ledgerReader(paths);
  await reader.update();
  return reader.states();
}

/** By name, so that all who read see one order. */
async function ledgerNames({ workers }: RunPaths): Promise<readonly string[]> {
  const names = await readdir(workers).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return [];
    throw fileUnreadable(workers, error);
  });
  return names.filter((name) => name.endsWith(ledgerExtension)).toSorted();
}

/** How far a ledger was read. */
interface Place {
  bytes: number;
  lines: number;
}

const chunkBytes = 2 ** 20;

async function readOn(path: string, place: Place, see: (line: Buffer) => void): Promise<void> {
  try {
    await using handle = await openRegular(path);
    // Of whole lines: a longer one than the buffer makes it grow.
    let buffer = Buffer.allocUnsafe(Math.min(chunkBytes, (await handle.stat()).size - place.bytes));
    let filled = 0;
    for (;;) {
      const at = place.bytes + filled;
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, at);
      if (bytesRead === 0) return;
      const rest = seeLines(buffer.subarray(0, filled + bytesRead), place, see);
      if (rest.length === buffer.length) buffer = Buffer.concat([rest], 2 * buffer.length);
      else rest.copy(buffer);
      filled = rest.length;
    }
  } catch (error) {
    throw fileUnreadable(path, error);
  }
}

/** Sees the whole lines, and returns what follows them. */
function seeLines(bytes: Buffer, place: Place, see: (line: Buffer) => void): Buffer {
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    see(bytes.subarray(start, end));
    place.lines++;
    place.bytes += end + 1 - start;
    start = end + 1;
  }
  return bytes.subarray(start);
}

/** A line of a ledger: the entry, and the name of the run that it belongs to. */
type StoredEntry = LedgerEntry & { readonly run?: string };

function parseEntry(line: Buffer, file: string, number: number): StoredEntry {
  try {
    const entry = JSON.parse(line.toString('utf8')) as StoredEntry;
    if (!Number.isSafeInteger(entry.task) || !Array.isArray(entry.outputs)) throw noEntry();
    return { ...entry, outputs: entry.outputs.map(withMargin) };
  } catch (cause) {
    const problem = `: line ${number} is damaged: the tasks that this worker ended cannot be known`;
    const remedy = 'move the file away, and run again to do them again';
    throw corruptFile({ file, line: number }, `${problem}; ${remedy}`, cause);
  }
}

function noEntry(): SyntaxError {
  return new SyntaxError('it is no entry of a ledger');
}

/** JSON has no infinity: the margin of what has no threshold is null in it. Counters that came later are 0. */
function withMargin(report: OutputReport): OutputReport {
  const { totals } = report;
  if (totals === null) return report;
  const smallestMargin = (totals.smallestMargin as number | null) ?? Number.POSITIVE_INFINITY;
  return { ...report, totals: { ...emptyTotals(), ...totals, smallestMargin } };
}
