import { access, type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { RecordBatch, type Schema } from 'apache-arrow';
import { emptyBatch, sliceRecordBatch } from '../../arrow/concat/record-batches.ts';
import { ipcWriter } from '../../arrow/ipc/ipc-writer.ts';
import { isErrno } from '../../errors.ts';
import { syncDirectory } from '../../files/commit-file.ts';
import { chunkJoiner, writeWhole } from '../../files/write-bytes.ts';
import { countsOf } from '../../metrics/totals.ts';
import { makeInner } from '../enter-run.ts';
import { withNote } from './journal.ts';
import {
  type Commit,
  commitKey,
  type SegmentHeader,
  sealCommit,
  withSegmentHeader,
} from './scan-segment.ts';

/** A segment of a journal that this process writes. After an error it is to be closed and another one begun. */
export interface SegmentWriter {
  readonly path: string;
  /**
   * Writes a batch, if any, and its commit record at once, and waits until the disk has them. The first call brings a
   * batch, maybe of no rows.
   *
   * @returns which of the segment's batches it is, from 0.
   */
  write(batch: RecordBatch | undefined, commit: Commit): Promise<number>;
  close(): Promise<void>;
}

/** What the names of segments end with. */
export const segmentExtension = '.arrows';

/** Begins a segment, in a file of its own that is durable once this resolves. */
export async function createSegment(
  directory: string,
  worker: string,
  { schema, ...header }: SegmentHeader & { readonly schema: Schema },
): Promise<SegmentWriter> {
  await makeInner(directory);
  await syncDirectory(dirname(directory));
  const { path, handle } = await createFile(directory, `${header.firstRow}-${fileName(worker)}`);
  await syncDirectory(directory);
  const encode = encoder(withSegmentHeader(schema, header));
  let batches = 0;
  return {
    path,
    write: async (batch, commit) => {
      await writeWhole(handle, encode(batch, commit));
      await handle.datasync();
      // An open file can be written after its run was retired, for nobody.
      await access(path);
      return batch === undefined ? batches : batches++;
    },
    close: () => handle.close(),
  };
}

function fileName(worker: string): string {
  return worker.replace(/[^\w.-]/g, '_').slice(0, 150);
}

/** A file that did not exist: a worker of the same name may have begun at the same row before. */
async function createFile(
  directory: string,
  name: string,
): Promise<{ path: string; handle: FileHandle }> {
  for (let attempt = 0; ; attempt++) {
    const path = join(directory, `${name}${attempt === 0 ? '' : `-${attempt}`}${segmentExtension}`);
    try {
      return { path, handle: await open(path, 'wx') };
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }
}

function encoder(schema: Schema): (batch: RecordBatch | undefined, commit: Commit) => Uint8Array {
  const writer = ipcWriter('stream');
  const joined = chunkJoiner();
  let crc = 0;
  return (batch, commit) => {
    const data = batch === undefined ? [] : writer.write(prepare(batch, schema));
    for (const chunk of data) crc = crc32(chunk, crc);
    const record = writer.write(new CommitRecord(schema, sealCommit(commit, crc)));
    for (const chunk of record) crc = crc32(chunk, crc);
    return joined([...data, ...record]);
  };
}

/** The batch at offset 0, under the segment's schema; its metadata with its counters, and without what would make it a commit record. */
function prepare(batch: RecordBatch, schema: Schema): RecordBatch {
  const { data } =
    batch.numRows === 0 ? emptyBatch(schema) : sliceRecordBatch(batch, 0, batch.numRows);
  const metadata = withNote(batch.metadata, countsOf(batch));
  metadata.delete(commitKey);
  return new RecordBatch(schema, data, metadata);
}

class CommitRecord extends RecordBatch {
  constructor(schema: Schema, sealed: string) {
    super(schema, emptyBatch(schema).data, new Map([[commitKey, sealed]]));
  }

  /** None: else the writer would replace those of the batches by empty ones. */
  override get dictionaries(): RecordBatch['dictionaries'] {
    return new Map();
  }
}
