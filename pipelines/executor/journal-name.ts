import { createHash } from 'node:crypto';
import type { Task } from '../../src/run/manifest/manifest.ts';

/**
 * The name of a unit's journal: the task's number and, for the members of an archive, a hash of the member's name. It does not
 * depend on where the corpus lies.
 */
export function journalName({ index, path }: Task, unit: string): string {
  const number = String(index).padStart(7, '0');
  if (unit === path) return number;
  const member = unit.startsWith(`${path}/`) ? unit.slice(path.length + 1) : unit;
  return `${number}-${createHash('sha256').update(member).digest('hex').slice(0, 16)}`;
}
