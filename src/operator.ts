import type { RecordBatch } from 'apache-arrow';

/** What `stream.pipeline()` hands to each stage beside its source. */
export interface StageOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * A stream of record batches of one schema, in row order.
 *
 * A source yields at least one record batch, of zero rows where it has none: so the schema always travels.
 */
export type Source = AsyncIterable<RecordBatch>;

/**
 * A function from a stream of record batches to a stream of record batches: exactly what Node's own
 * `stream.pipeline()` takes as a transform. Operators pull in lock step; read-ahead is `prefetch`'s alone.
 */
export type Operator = (source: Source, options?: StageOptions) => Source;

/** The end of a pipeline: consumes the stream and resolves with what it wrote. */
export type Sink<Result> = (source: Source, options?: StageOptions) => Promise<Result>;
