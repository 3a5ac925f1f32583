import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { headNames } from '../onnx/scoring-head.ts';
import { bodyFeeds } from './body-feeds.ts';
import type { EngineOptions } from './engine-options.ts';
import { type HeadChunk, headFeeds, readChunk } from './head-chunk.ts';
import type { MicroBatch, MicroBatchScores } from './micro-batch.ts';
import { omitLogprobs } from './omit-logprobs.ts';
import {
  type ScoredRows,
  type ScoringWork,
  type SplitScores,
  type SplitSessions,
  scoreSplit,
} from './score-split.ts';

/** The open sessions of a prior; `head` is null where it is appended to the body. */
export type Sessions =
  | SplitSessions
  | { readonly body: InferenceSession; readonly head: null; readonly earlyExit: null };

/**
 * One forward pass over a micro-batch. Padding and unscored tokens never reach the head, whose rows run in chunks
 * of bounded logits.
 */
export async function scoreMicroBatch(
  sessions: Sessions,
  batch: MicroBatch,
  options: EngineOptions,
): Promise<MicroBatchScores> {
  const started = performance.now();
  const scored = scoredRows(batch);
  const work = { batch, scored, options };
  const { chunks, asked } =
    sessions.head === null
      ? await scoreAppended(sessions.body, work)
      : await scoreSplit(sessions, work);
  const scores = spread(join(chunks, batch), { asked, count: scored.rows.length });
  if (batch.scores === 'eligible') omitLogprobs(scores.logprobs, batch.logThreshold);
  return { ...scores, busyMs: performance.now() - started };
}

/** Position `p` is predicted by the row before it, hence spans begin at 1. */
function scoredRows({ size, width, tokenIds, spans }: MicroBatch): ScoredRows {
  const rows: number[] = [];
  for (let window = 0; window < size; window++) {
    const to = spans[2 * window + 1] ?? 0;
    for (let p = spans[2 * window] ?? 0; p < to; p++) rows.push(window * width + p - 1);
  }
  const at = Int32Array.from(rows);
  return { rows: at, targets: at.map((row) => tokenIds[row + 1] ?? 0) };
}

async function scoreAppended(session: InferenceSession, work: ScoringWork): Promise<SplitScores> {
  const { batch, scored, options } = work;
  const asked = Int32Array.from(scored.rows.keys());
  if (asked.length === 0) return { chunks: [], asked };
  const rows = new Tensor('int64', BigInt64Array.from(scored.rows, BigInt), [asked.length]);
  const feeds = { ...bodyFeeds(batch, options), ...headFeeds(scored.targets, batch) };
  const outputs = await session.run({ ...feeds, [headNames.rows]: rows });
  return { chunks: [readChunk(outputs, batch.size * batch.width)], asked };
}

/** The scores of all rows, where the head was asked about some; NaN stands for the logprobs of the others, which are omitted. */
function spread(
  scores: HeadChunk,
  { asked, count }: { readonly asked: Int32Array; readonly count: number },
): HeadChunk {
  if (asked.length === count) return scores;
  const logprobs = new Float32Array(count).fill(Number.NaN);
  asked.forEach((row, i) => {
    logprobs[row] = scores.logprobs[i] ?? Number.NaN;
  });
  return { ...scores, logprobs, selected: scores.selected.map((i) => asked[i] ?? -1) };
}

/** Joins the chunks and drops the rows that were selected only because TopK needs one. */
function join(chunks: readonly HeadChunk[], { topK, logThreshold }: MicroBatch): HeadChunk {
  const count = chunks.reduce((sum, { logprobs }) => sum + logprobs.length, 0);
  const logprobs = new Float32Array(count);
  const selected: number[] = [];
  const topIds: number[] = [];
  const topLogprobs: number[] = [];
  let start = 0;
  for (const chunk of chunks) {
    logprobs.set(chunk.logprobs, start);
    chunk.selected.forEach((row, i) => {
      if (!((chunk.logprobs[row] ?? NaN) >= logThreshold)) return;
      selected.push(start + row);
      topIds.push(...chunk.topIds.subarray(i * topK, (i + 1) * topK));
      topLogprobs.push(...chunk.topLogprobs.subarray(i * topK, (i + 1) * topK));
    });
    start += chunk.logprobs.length;
  }
  requireNumbers(logprobs);
  return {
    logprobs,
    selected: Int32Array.from(selected),
    topIds: Int32Array.from(topIds),
    topLogprobs: Float32Array.from(topLogprobs),
  };
}

/** A half-precision overflow, say, must not pass for a token without prediction. */
function requireNumbers(logprobs: Float32Array): void {
  const broken = logprobs.reduce((sum, logprob) => sum + (Number.isNaN(logprob) ? 1 : 0), 0);
  if (broken === 0) return;
  throw new Error(
    `it gives no number for ${String(broken)} of ${String(logprobs.length)} tokens: use an export of higher precision`,
  );
}
