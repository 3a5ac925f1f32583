import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { OutputReport } from './ledger/ledger.ts';
import type { Manifest, Task } from './manifest/manifest.ts';
import type { RunPaths } from './run-paths.ts';

/**
 * The name of an output's journal and of its record: the task's number and, for the members of an archive, a hash of the member's
 * name. It does not depend on where the corpus lies.
 */
export function journalName({ index, path }: Pick<Task, 'index' | 'path'>, input: string): string {
  const number = String(index).padStart(7, '0');
  if (input === path) return number;
  const member = input.startsWith(`${path}/`) ? input.slice(path.length + 1) : input;
  return `${number}-${createHash('sha256').update(member).digest('hex').slice(0, 16)}`;
}

/** Where the record of an output file is kept. */
export function keptRecordPath({ edits }: Pick<RunPaths, 'edits'>, name: string): string {
  return join(edits, `${name}.arrow`);
}

/** True where the output is the input, no edit made and no row set aside: of such an output file no record is needed, nor kept. */
export function needsNoRecord(
  { totals, deadLetters }: OutputReport,
  { command, report = false }: { readonly command: Manifest['command']; readonly report?: boolean },
): boolean {
  if (command === 'score' || report || totals === null || deadLetters > 0) return false;
  return totals.edits.changed + totals.edits.deleted === 0;
}
