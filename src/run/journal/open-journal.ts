import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RecordBatch, type Schema } from 'apache-arrow';
import { emptyBatch } from '../../arrow/concat/record-batches.ts';
import { assertSameSchema, schemaSignature } from '../../arrow/schemas.ts';
import { isErrno } from '../../errors.ts';
import { writeFailed } from '../../files/write-bytes.ts';
import { countsOf, type RunTotals } from '../../metrics/totals.ts';
import type { Source } from '../../operator.ts';
import { forgetBegunRows, type Journal, withNote } from './journal.ts';
import {
  addBatch,
  planReplay,
  type Run,
  readRun,
  shareDictionaries,
  underSchema,
} from './read-run.ts';
import { type Segment, scanSegment } from './scan-segment.ts';
import { createSegment, type SegmentWriter, segmentExtension } from './segment-writer.ts';

/** Options of {@link openJournal}. */
export interface OpenJournalOptions {
  /** What the rows depend on: segments of another identity are removed. */
  readonly identity: string;
  /** The worker's name: in the names of the segments that it writes. */
  readonly worker: string;
}

/**
 * Opens the journal in a directory, which is made with the first batch that goes to the disk, in one that is there. Any number of
 * processes may have it open at once: each appends to a segment of its own, which begins where what it found committed ended.
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
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Where a journal lies and what its own segments say. */
export interface JournalPlace {
  readonly directory: string;
  readonly identity: string;
  readonly worker: string;
}

/** A journal of the segments that were found in its directory, and of those that it writes itself. */
class DirectoryJournal implements Journal {
  readonly #place: JournalPlace;
  readonly #runs: Run[];
  #schema: Schema | undefined;
  #isComplete: boolean;
  #writer: SegmentWriter | undefined;
  /** The output file's only batch, which is on no disk. */
  #only: RecordBatch | undefined;

  constructor(place: JournalPlace, segments: readonly Segment[]) {
    this.#place = place;
    this.#runs = planReplay(segments);
    const [first] = this.#runs;
    this.#schema = segments.find(({ path }) => path === first?.path)?.schema;
    this.#isComplete = first !== undefined && segments.some(({ end }) => end === this.rows);
  }

  get rows(): number {
    return this.#only?.numRows ?? this.#runs.at(-1)?.batches.at(-1)?.end ?? 0;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  get schema(): Schema | undefined {
    return this.#schema;
  }

  get counts(): readonly RunTotals[] {
    if (this.#only !== undefined) return [countsOf(this.#only) ?? []].flat();
    return this.#runs.flatMap(({ batches }) => batches.flatMap(({ counts }) => counts ?? []));
  }

  async append(
    batch: RecordBatch,
    { isOnly = false }: { readonly isOnly?: boolean } = {},
  ): Promise<void> {
    const schema = this.#schema ?? batch.schema;
    assertSameSchema(schema, batch.schema, { file: this.#place.directory });
    if (batch.numRows === 0 && this.#runs.length > 0) return;
    if (isOnly && this.#runs.length === 0) {
      [this.#only, this.#schema, this.#isComplete] = [batch, schema, true];
      return;
    }
    const begin = this.rows;
    const end = begin + batch.numRows;
    const place = await this.#write(schema, batch, { rows: end, isEnd: false });
    // A batch without rows does not count beside others.
    if (begin === 0) this.#runs.length = 0;
    addBatch(this.#runs, { ...place, batch: { begin, end, counts: countsOf(batch) } });
    this.#schema = schema;
  }

  async complete(): Promise<void> {
    if (this.#isComplete) return;
    if (this.#schema === undefined) throw new TypeError('a journal without a batch has no end');
    // A segment begins with a batch.
    const batch = this.#writer === undefined ? emptyBatch(this.#schema) : undefined;
    await this.#write(this.#schema, batch, { rows: this.rows, isEnd: true });
    this.#isComplete = true;
  }

  async *batches(): Source {
    if (this.#only !== undefined) yield withoutCounts(this.#only);
    const share = shareDictionaries();
    for (const run of this.#runs) {
      for await (const batch of readRun(run)) {
        yield share(withoutCounts(underSchema(this.#schema ?? batch.schema, batch)));
      }
    }
  }

  async close(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #write(
    schema: Schema,
    batch: RecordBatch | undefined,
    commit: { readonly rows: number; readonly isEnd: boolean },
  ): Promise<{ readonly path: string; readonly index: number }> {
    const { directory, identity, worker } = this.#place;
    try {
      const header = { identity, firstRow: this.rows, schema };
      this.#writer ??= await createSegment(directory, worker, header);
      const { path } = this.#writer;
      return { path, index: await this.#writer.write(batch, commit) };
    } catch (error) {
      // What is there of the batch is no commit; a further batch after it would not be read.
      await this.close();
      throw writeFailed(directory, error);
    }
  }
}

function withoutCounts({ schema, data, metadata }: RecordBatch): RecordBatch {
  return new RecordBatch(schema, data, withNote(metadata, undefined));
}
