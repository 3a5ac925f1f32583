import { crc32 } from 'node:zlib';
import { Schema } from 'apache-arrow';
import { type IpcMessage, streamMessages } from '../../arrow/ipc/messages.ts';
import { readBytes } from '../../files/read-bytes.ts';
import type { RunTotals } from '../../metrics/totals.ts';
import { noteOf } from './journal.ts';

/** What is committed of a segment. */
export interface Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  /** As it was given to the journal. */
  readonly schema: Schema;
  readonly batches: readonly SegmentBatch[];
  /** Rows of the output file, where the segment's end is committed. */
  readonly end: number | undefined;
}

/** A committed record batch: its rows of the output file are `begin` to `end`, exclusive. */
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

/** What one commit record commits: the messages since the one before it. */
export interface CommittedPart extends Commit {
  /** The schema, in the first part; dictionaries; last the record batch, if there is one. */
  readonly messages: readonly IpcMessage[];
}

/**
 * The parts of a segment that are committed, each whole and right; the first that is not ends them.
 *
 * @throws ToeditError `FILE_UNREADABLE`; Error where the bytes after the last committed part are no Arrow IPC.
 */
export async function* committedParts(path: string): AsyncGenerator<CommittedPart> {
  let messages: IpcMessage[] = [];
  let crc = 0;
  for await (const message of streamMessages(readBytes(path))) {
    const sealed = message.message.metadata.get(commitKey);
    if (sealed !== undefined) {
      const commit = openCommit(sealed, crc);
      if (commit === undefined) return;
      yield { ...commit, messages };
      messages = [];
    } else messages.push(message);
    crc = crcOf(message, crc);
  }
}

/** Of the message's bytes as they lie in the stream. */
function crcOf({ metadata, body }: IpcMessage, crc: number): number {
  const prefix = Int32Array.of(-1, metadata.length);
  return crc32(body, crc32(metadata, crc32(prefix, crc)));
}

/** What a segment of a journal says of itself, in its schema's metadata. */
export interface SegmentHeader {
  /** What the rows depend on; segments of different identities do not mix. */
  readonly identity: string;
  /** Row of the output file at which the segment begins, from 0. */
  readonly firstRow: number;
}

interface StoredHeader extends SegmentHeader {
  /** What the schema itself had under the key: an input may be a journal's segment. */
  readonly replaced: string | null;
}

const headerKey = 'toedit:journal';

/** The schema with the header among its metadata. */
export function withSegmentHeader(schema: Schema, header: SegmentHeader): Schema {
  const stored: StoredHeader = { ...header, replaced: schema.metadata.get(headerKey) ?? null };
  const metadata = new Map(schema.metadata).set(headerKey, JSON.stringify(stored));
  return new Schema(schema.fields, metadata, schema.dictionaries);
}

/**
 * The header in a segment's schema, and the schema as it was before.
 *
 * @throws Error where there is no header: the file is no segment.
 */
function segmentHeader(schema: Schema): { header: SegmentHeader; schema: Schema } {
  const json = schema.metadata.get(headerKey);
  if (json === undefined) throw new Error('it has no header');
  const { identity, firstRow, replaced } = JSON.parse(json) as StoredHeader;
  const metadata = new Map(schema.metadata);
  if (replaced === null) metadata.delete(headerKey);
  else metadata.set(headerKey, replaced);
  const original = new Schema(schema.fields, metadata, schema.dictionaries);
  return { header: { identity, firstRow }, schema: original };
}

/** What a commit record says of the bytes before it. */
export interface Commit {
  /** Row of the output file at which its batch ends: the rows that are committed with it. */
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
function openCommit(sealed: string, crc: number): Commit | undefined {
  const found = JSON.parse(sealed) as Commit & { readonly crc: number };
  const commit = { rows: found.rows, isEnd: found.isEnd };
  return found.crc === sealOf(commit, crc) ? commit : undefined;
}

function sealOf({ rows, isEnd }: Commit, crc: number): number {
  return crc32(`${rows} ${isEnd}`, crc);
}
