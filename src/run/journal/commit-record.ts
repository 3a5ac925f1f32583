import { crc32 } from 'node:zlib';

/** What a commit record says of the bytes before it. */
export interface Commit {
  /** Row of the unit at which its batch ends: the rows that are committed with it. */
  readonly rows: number;
  /** True where no row follows. */
  readonly isEnd: boolean;
}

/** The key of a record batch's own metadata that makes it a commit record; its value is {@link sealCommit}'s. */
export const commitKey = 'toedit:commit';

/** A commit as text, sealed by a CRC-32 of all bytes of the segment before its record, then of what it says. */
export function sealCommit({ rows, isEnd }: Commit, crc: number): string {
  return JSON.stringify({ rows, isEnd, crc: sealOf({ rows, isEnd }, crc) });
}

/**
 * Reads a sealed commit.
 *
 * @returns undefined where it is damaged, or is not of these bytes.
 */
export function openCommit(sealed: string, crc: number): Commit | undefined {
  const found = JSON.parse(sealed) as Commit & { readonly crc: number };
  const commit = { rows: found.rows, isEnd: found.isEnd };
  return found.crc === sealOf(commit, crc) ? commit : undefined;
}

function sealOf({ rows, isEnd }: Commit, crc: number): number {
  return crc32(`${rows} ${isEnd}`, crc);
}
