import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { schemaSignature } from '../../arrow/type-signature.ts';
import { writeFailed } from '../../files/write-failed.ts';
import { forgetBegunRows } from './begun-rows.ts';
import { DirectoryJournal } from './directory-journal.ts';
import type { Journal } from './journal.ts';
import { type Segment, scanSegment } from './scan-segment.ts';
import { segmentExtension } from './segment-writer.ts';

/** Options of {@link openJournal}. */
export interface OpenJournalOptions {
  /** What the rows depend on: segments of another identity are removed. */
  readonly identity: string;
  /** The worker's name: in the names of the segments that it writes. */
  readonly worker: string;
}

/**
 * Opens the journal in a directory, which is made with the first batch that goes to the disk, in one that is there. Any number of processes may have it open at once:
 * each appends to a segment of its own, which begins where what it found committed ended.
 *
 * @throws ToeditError `WRITE_FAILED`
 */
export async function openJournal(
  directory: string,
  { identity, worker }: OpenJournalOptions,
): Promise<Journal> {
  try {
    const segments = await segmentsOf(directory, identity);
    return new DirectoryJournal({ directory, identity, worker }, segments);
  } catch (error) {
    throw writeFailed(directory, error);
  }
}

async function segmentsOf(directory: string, identity: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of (await namesIn(directory)).sort()) {
    if (!name.endsWith(segmentExtension)) continue;
    const segment = await scanSegment(join(directory, name));
    if (segment === undefined) continue;
    if (segment.header.identity === identity) segments.push(segment);
    else {
      await rm(segment.path, { force: true });
      await forgetBegunRows(directory);
    }
  }
  const [first, ...others] = segments;
  if (first === undefined) return [];
  const signature = schemaSignature(first.schema);
  return [first, ...others.filter(({ schema }) => schemaSignature(schema) === signature)];
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
