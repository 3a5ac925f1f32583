import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ToeditError } from '../errors.ts';
import { fileUnreadable } from '../files/file-unreadable.ts';
import { ledgerFold, type TaskState } from './fold-ledger.ts';
import { ledgerExtension } from './ledger.ts';
import type { LedgerEntry, UnitReport } from './ledger-entry.ts';
import type { RunPaths } from './run-paths.ts';

/**
 * How each task of a run stands, by its index, from the ledgers of all workers; tasks that none has touched are not there.
 * A last line without its end was never finished, and is left out.
 *
 * @throws ToeditError `FILE_CORRUPT` naming the file and the line (from 1) of any other damage; `FILE_UNREADABLE`.
 */
export async function readLedgers(paths: RunPaths): Promise<ReadonlyMap<number, TaskState>> {
  const fold = ledgerFold();
  for (const name of await ledgerNames(paths)) {
    const path = join(paths.workers, name);
    try {
      await readLines(path, (line, number) => fold.add(parseEntry(line, path, number)));
    } catch (error) {
      throw fileUnreadable(path, error);
    }
  }
  return fold.states();
}

/** By name, so that all who read see one order. */
async function ledgerNames({ workers }: RunPaths): Promise<readonly string[]> {
  const names = await readdir(workers).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw fileUnreadable(workers, error);
  });
  return names.filter((name) => name.endsWith(ledgerExtension)).toSorted();
}

const chunkBytes = 2 ** 20;

async function readLines(path: string, see: (line: Buffer, number: number) => void): Promise<void> {
  let rest = Buffer.alloc(0);
  let number = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      see(bytes.subarray(start, end), ++number);
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
}

function parseEntry(line: Buffer, file: string, number: number): LedgerEntry {
  try {
    const entry = JSON.parse(line.toString('utf8')) as LedgerEntry;
    if (!Number.isSafeInteger(entry.task) || !Array.isArray(entry.units)) throw noEntry();
    return { ...entry, units: entry.units.map(withMargin) };
  } catch (cause) {
    throw new ToeditError(
      'FILE_CORRUPT',
      `${file}: line ${number} is damaged: the tasks that this worker ended cannot be known; move the file away, and run again to do them anew`,
      { place: { file, line: number }, cause },
    );
  }
}

function noEntry(): SyntaxError {
  return new SyntaxError('it is no entry of a ledger');
}

/** JSON has no infinity: the margin of what has no threshold is null in it. */
function withMargin(unit: UnitReport): UnitReport {
  const { totals } = unit;
  if (totals === null || typeof totals.smallestMargin === 'number') return unit;
  return { ...unit, totals: { ...totals, smallestMargin: Number.POSITIVE_INFINITY } };
}
