import { expect } from 'vitest';
import { NotRead } from '#toedit/src/errors';
import type { ChunkPlace } from '#toedit/src/parquet/footer/column-chunk';
import { decodedPages } from '#toedit/src/parquet/pages/decoded-pages';
import { readAtOf } from './leaf-of.ts';

/** The words that errors of damaged pages begin with: none is a library's. */
export const ours: RegExp =
  /^(the page (header )?at byte \d+ |its pages hold \d+ of \d+ values$|the file ends before$)/;

/** Resolves where it can be read, though other values; rejects where an error is not in our words. */
export async function endsWell(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    if (error instanceof NotRead) return;
    expect((error as Error).constructor).toBe(Error);
    expect((error as Error).message).toMatch(ours);
  }
}

/** Decodes all pages of a chunk, whose bytes end where it does. Resolves with its entries. */
export async function decodeAll(
  bytes: Uint8Array,
  chunk: Omit<ChunkPlace, 'length'>,
): Promise<number> {
  const place = { length: bytes.length, ...chunk };
  let entries = 0;
  for await (const page of decodedPages(readAtOf(bytes), place)) entries += page.entries;
  return entries;
}
