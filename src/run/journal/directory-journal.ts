import { RecordBatch, type Schema } from 'apache-arrow';
import { emptyBatch } from '../../arrow/empty-batch.ts';
import { assertSameSchema } from '../../arrow/same-schema.ts';
import { writeFailed } from '../../files/write-failed.ts';
import { countsOf } from '../../metrics/batch-counts.ts';
import type { RunTotals } from '../../metrics/totals.ts';
import type { Source } from '../../operator.ts';
import type { Journal } from './journal.ts';
import { withNote } from './note.ts';
import { addBatch, planReplay, type Run } from './plan-replay.ts';
import { readRun } from './read-run.ts';
import type { Segment } from './scan-segment.ts';
import { createSegment, type SegmentWriter } from './segment-writer.ts';
import { shareDictionaries } from './share-dictionaries.ts';
import { underSchema } from './under-schema.ts';

/** Where a journal lies and what its own segments say. */
export interface JournalPlace {
  readonly directory: string;
  readonly identity: string;
  readonly worker: string;
}

/** A journal of the segments that were found in its directory, and of those that it writes itself. */
export class DirectoryJournal implements Journal {
  readonly #place: JournalPlace;
  readonly #runs: Run[];
  #schema: Schema | undefined;
  #isComplete: boolean;
  #writer: SegmentWriter | undefined;
  /** The unit's only batch, which is on no disk. */
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
