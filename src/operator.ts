import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RecordBatch } from 'apache-arrow';
import { ToeditError } from './errors.ts';

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

/** One operator out of several, applied from left to right; of none, the one that passes everything. */
export function compose(...operators: readonly Operator[]): Operator {
  return (source, options) =>
    operators.reduce((batches, operator, index) => {
      const stage = operator.name || `operator ${index + 1}`;
      return checked(stage, operator(batches, options));
    }, source);
}

/**
 * The stream, of record batches only: what else a stage yields would fail further on, in another's name. Where an operator ends
 * early, Node throws an abort into its source: this one passes it on as an end, as it is meant.
 */
async function* checked(stage: string, batches: Source): Source {
  for await (const batch of batches) {
    requireBatch(batch, stage);
    yield batch;
  }
}

/**
 * Makes sure that a stage has yielded a record batch. Those of another copy of apache-arrow count, too.
 *
 * @throws ToeditError `BATCH_INVALID` naming the stage and what it yielded.
 */
export function requireBatch(value: unknown, stage = 'the stage before this operator'): void {
  if (typeof value === 'object' && value !== null && 'schema' in value && 'numRows' in value) {
    if (!('batches' in value)) return;
  }
  throw new ToeditError(
    'BATCH_INVALID',
    `${stage} yielded ${kindOf(value)}, not a record batch: yield RecordBatch of apache-arrow, of a Table its batches`,
  );
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return value === null ? 'null' : `a ${typeof value}`;
  const { constructor } = value;
  return typeof constructor === 'function' ? `a ${constructor.name}` : 'an object';
}

/** What {@link runPipeline} runs. */
export interface PipelineParts<Result> {
  readonly source: Source;
  readonly operator: Operator;
  readonly sink: Sink<Result>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs source, operator and sink to the end, and resolves with the sink's result. On failure or abort every part is
 * ended, and what it opened is closed.
 *
 * The source enters through `Readable.from`: under a `pipeline()` of generators alone an abort never settles where the
 * source does not look at the signal.
 *
 * @throws the first error of a part, as it is; where the signal was aborted, an `AbortError`, or its reason from a part that checks it.
 */
export async function runPipeline<Result>(parts: PipelineParts<Result>): Promise<Result> {
  const { source, operator, sink, signal } = parts;
  let result: { readonly value: Result } | null = null;
  const readable = Readable.from(checked('the source', source), {
    objectMode: true,
    highWaterMark: 1,
  });
  await pipeline(
    readable,
    compose(operator),
    async (batches: Source, options?: { readonly signal?: AbortSignal }) => {
      result = { value: await sink(batches, options) };
    },
    signal === undefined ? {} : { signal },
  );
  const finished = result as { readonly value: Result } | null;
  if (finished === null) throw new Error('the sink ended without a result');
  return finished.value;
}

/** Passes every record batch; shows it first. */
export function tap(see: (batch: RecordBatch) => void): Operator {
  return async function* tap(source) {
    for await (const batch of source) {
      see(batch);
      yield batch;
    }
  };
}

/** Passes the batches that have rows; where none has, the first of those without, so that the schema travels. */
export async function* dropEmptyBatches(source: Source): Source {
  let empty: RecordBatch | undefined;
  let hasRows = false;
  for await (const batch of source) {
    if (batch.numRows === 0) {
      empty ??= batch;
      continue;
    }
    hasRows = true;
    yield batch;
  }
  if (!hasRows && empty !== undefined) yield empty;
}

/** A source that can be read any number of times: each time it is opened anew. */
export function reopened(open: () => Source): Source {
  return { [Symbol.asyncIterator]: () => open()[Symbol.asyncIterator]() };
}
