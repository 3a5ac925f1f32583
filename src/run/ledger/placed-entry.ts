import { relative, resolve } from 'node:path';
import type { LedgerEntry, UnitReport } from './ledger-entry.ts';

/** The entry as a ledger holds it: with paths from the output directory, which may be moved or mounted elsewhere. */
export function withoutPlace(entry: LedgerEntry, output: string): LedgerEntry {
  return withPaths(entry, (path) => relative(output, path));
}

/** The entry of a ledger, with paths where the output directory lies by now. */
export function withPlace(entry: LedgerEntry, output: string): LedgerEntry {
  return withPaths(entry, (path) => resolve(output, path));
}

function withPaths(entry: LedgerEntry, place: (path: string) => string): LedgerEntry {
  const placed = (unit: UnitReport): UnitReport => ({
    ...unit,
    output: unit.output === null ? null : place(unit.output),
    deadLetterFile: unit.deadLetterFile === null ? null : place(unit.deadLetterFile),
  });
  return { ...entry, units: entry.units.map(placed) };
}
