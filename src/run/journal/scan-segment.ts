import type { Schema } from 'apache-arrow';
import type { IpcMessage } from '../../arrow/ipc-message.ts';
import type { RunTotals } from '../../metrics/totals.ts';
import { type CommittedPart, committedParts } from './committed-parts.ts';
import { noteOf } from './note.ts';
import { type SegmentHeader, segmentHeader } from './segment-header.ts';

/** What is committed of a segment. */
export interface Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  /** As it was given to the journal. */
  readonly schema: Schema;
  readonly batches: readonly SegmentBatch[];
  /** Rows of the unit, where the segment's end is committed. */
  readonly end: number | undefined;
}

/** A committed record batch: its rows of the unit are `begin` to `end`, exclusive. */
export interface SegmentBatch {
  readonly begin: number;
  readonly end: number;
  /** What was counted while it was made. */
  readonly counts: RunTotals | undefined;
}

/**
 * Reads a segment as far as it is whole.
 *
 * @returns undefined where nothing is committed, or the file is no segment.
 */
export async function scanSegment(path: string): Promise<Segment | undefined> {
  const batches: SegmentBatch[] = [];
  let opening: Pick<Segment, 'header' | 'schema'> | undefined;
  let end: number | undefined;
  try {
    for await (const part of committedParts(path)) {
      opening ??= segmentHeader(schemaOf(part));
      const begin = batches.at(-1)?.end ?? opening.header.firstRow;
      const batch = batchOf(part, begin);
      if (part.rows !== (batch?.end ?? begin)) break;
      if (batch !== undefined) batches.push(batch);
      if (part.isEnd) end = part.rows;
    }
  } catch {
    // What cannot be read was not committed, or is lost: either way its rows are made again.
  }
  return opening && { path, ...opening, batches, end };
}

function schemaOf({ messages }: CommittedPart): Schema {
  const message = messages[0]?.message;
  if (message?.isSchema() !== true) throw new Error('it does not begin with its schema');
  return message.header();
}

function batchOf({ messages }: CommittedPart, begin: number): SegmentBatch | undefined {
  const last: IpcMessage | undefined = messages.at(-1);
  if (!last?.message.isRecordBatch()) return undefined;
  const { length } = last.message.header();
  return { begin, end: begin + length, counts: noteOf(last.message.metadata) };
}
