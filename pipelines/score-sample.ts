import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type RecordBatch, Table, Vector } from 'apache-arrow';
import { scoreTokens } from '../operators/score-tokens.ts';
import { addedColumn } from '../src/arrow/added-column.ts';
import { listReader } from '../src/arrow/list-reader.ts';
import { columnNames, tokenLogprobsType } from '../src/columns.ts';
import { tokenIdsColumn, tokensOf } from '../src/inference/batch-tokens.ts';
import type { Progress } from '../src/metrics/progress.ts';
import type { Prior } from '../src/model/load-prior.ts';
import { batchingOf } from './batching-of.ts';
import { sampleProgress } from './sample-progress.ts';
import type { SampleTokens } from './tokenize-sample.ts';

/** Settings of {@link scoreSample}. */
export interface ScoreSampleOptions {
  /** Tokens the prior reads at once. @defaultValue the smaller of 2048 and the model's maximum */
  readonly windowTokens?: number | undefined;
  /** Of what `onProgress` tells. @defaultValue 0 */
  readonly fileIndex?: number | undefined;
  /** Of what `onProgress` tells. @defaultValue 1 */
  readonly fileCount?: number | undefined;
  /** Called after each micro-batch; its file is the prior's graph. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a prior says of every token of a sample, by the whole vocabulary, as `toedit score` does.
 *
 * @returns for each document the natural logs of its tokens' probabilities, `[tokens]`; NaN where no prediction exists: at the first
 * token, unless BOS stands before it.
 * @throws ToeditError `BAD_OPTION`; `INFERENCE_FAILED` where the prior fails on a document; `ENGINE_DIED`; the signal's reason.
 */
export async function scoreSample(
  prior: Prior,
  sample: readonly SampleTokens[],
  options: ScoreSampleOptions = {},
): Promise<readonly Float32Array[]> {
  const { windowTokens, fileIndex = 0, fileCount = 1, onProgress, signal } = options;
  const place = { file: join(prior.directory, prior.modelFile), fileIndex, fileCount };
  const score = scoreTokens(prior, {
    ...(await batchingOf(prior, { signal })),
    ...{ windowTokens, threshold: null },
    onMicroBatch: onProgress && sampleProgress(sample, place, onProgress),
  });
  const logprobs: Float32Array[] = [];
  for await (const batch of score(Readable.from(tokenBatches(sample)), { signal })) {
    const { data } = addedColumn(batch, columnNames.tokenLogprobs, tokenLogprobsType);
    const lists = listReader<Float32Array>(data);
    for (let row = 0; row < batch.numRows; row++) logprobs.push(lists.items(row));
  }
  return logprobs;
}

/** Enough tokens to find windows of like length for a micro-batch. */
const batchSize = 16_384;

function* tokenBatches(sample: readonly SampleTokens[]): Generator<RecordBatch> {
  let documents: Int32Array[] = [];
  let tokens = 0;
  for (const { tokenIds } of sample) {
    documents.push(tokenIds);
    tokens += tokenIds.length;
    if (tokens < batchSize) continue;
    yield* batchesOf(documents);
    [documents, tokens] = [[], 0];
  }
  if (tokens > 0) yield* batchesOf(documents);
}

function batchesOf(documents: readonly Int32Array[]): readonly RecordBatch[] {
  const { field, data } = tokenIdsColumn(tokensOf(documents));
  return new Table({ [field.name]: new Vector([data]) }).batches;
}
