import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Operator, Sink, Source } from './operator.ts';

/** What {@link runPipeline} runs. */
export interface PipelineParts<Result> {
  readonly source: Source;
  readonly operator: Operator;
  readonly sink: Sink<Result>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs source, operator and sink to the end, and resolves with the sink's result. On failure or abort every part is
 * told, and what it opened is closed.
 *
 * The source enters through `Readable.from`: under a `pipeline()` of generators alone an abort never settles where the
 * source does not look at the signal.
 */
export async function runPipeline<Result>(parts: PipelineParts<Result>): Promise<Result> {
  const { source, operator, sink, signal } = parts;
  let result: { readonly value: Result } | null = null;
  const readable = Readable.from(each(source), { objectMode: true, highWaterMark: 1 });
  await pipeline(
    readable,
    operator,
    async (batches: Source, options?: { readonly signal?: AbortSignal }) => {
      result = { value: await sink(batches, options) };
    },
    signal === undefined ? {} : { signal },
  );
  const finished = result as { readonly value: Result } | null;
  if (finished === null) throw new Error('the sink ended without a result');
  return finished.value;
}

/** Where an operator ends early, Node throws an abort into its source: this one passes it on as an end, as it is meant. */
async function* each(source: Source): Source {
  for await (const batch of source) yield batch;
}
