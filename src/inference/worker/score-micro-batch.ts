import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { headNames } from '../../onnx/scoring-head.ts';
import { type EngineOptions, splitOptionsOn } from '../engine-options.ts';
import type { MicroBatch, MicroBatchScores } from '../micro-batch.ts';
import type { EarlyExit } from './early-exit.ts';
import { type Body, bodyFeeds } from './open-body.ts';
import { omitLogprobs } from './rejection-rule.ts';

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
  return {
    chunks: [readChunk(outputs, [batch.size * batch.width, options.vocabularySize])],
    asked,
  };
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

/** The sessions of a prior that is split. */
export interface SplitSessions {
  readonly body: Body;
  readonly head: InferenceSession;
  /** Opens the early exit, once, for a hidden state of that width; null where the head has none. */
  readonly earlyExit: ((hidden: number) => Promise<EarlyExit>) | null;
}

/** Rows of the hidden state, and the tokens they predict: `[scored]` each. */
export interface ScoredRows {
  readonly rows: Int32Array;
  readonly targets: Int32Array;
}

/** A micro-batch, and what of it is scored. */
export interface ScoringWork {
  readonly batch: MicroBatch;
  readonly scored: ScoredRows;
  readonly options: EngineOptions;
}

/** What the head said. */
export interface SplitScores {
  readonly chunks: readonly HeadChunk[];
  /** Which of the scored rows it was asked about, ascending; the others are certainly below the threshold. */
  readonly asked: Int32Array;
}

/**
 * One forward pass through body, early exit and head. Where only eligible tokens matter, the head sees those rows alone
 * that the early exit leaves undecided.
 */
async function scoreSplit(sessions: SplitSessions, work: ScoringWork): Promise<SplitScores> {
  const { batch, scored } = work;
  const hidden = await sessions.body.hidden(batch);
  try {
    const asked = await undecided(sessions, hidden, work);
    const left = { rows: take(scored.rows, asked), targets: take(scored.targets, asked) };
    const chunks = await runHead(sessions.head, hidden, { ...work, scored: left });
    return { chunks, asked };
  } finally {
    // On a device its memory is freed by this alone.
    hidden.dispose();
  }
}

async function runHead(
  head: InferenceSession,
  hidden: Tensor,
  { batch, scored, options }: ScoringWork,
): Promise<HeadChunk[]> {
  const { logitsBytes, vocabularySize } = options;
  const chunkRows = Math.max(minimumRows, Math.floor(logitsBytes / (4 * vocabularySize)));
  const chunks: HeadChunk[] = [];
  for (let from = 0; from < scored.rows.length; from += chunkRows) {
    const rows = scored.rows.subarray(from, from + chunkRows);
    const targets = scored.targets.subarray(from, from + chunkRows);
    const feeds = { ...rowFeeds(hidden, rows, options), ...headFeeds(targets, batch) };
    chunks.push(readChunk(await head.run(feeds), [rows.length, vocabularySize]));
  }
  return chunks;
}

/** Which of the scored rows need the head. */
async function undecided(
  { earlyExit }: SplitSessions,
  hidden: Tensor,
  { batch, scored }: ScoringWork,
): Promise<Int32Array> {
  const all = Int32Array.from(scored.rows.keys());
  if (batch.scores !== 'eligible' || earlyExit === null || all.length === 0) return all;
  const exit = await earlyExit(hidden.dims[2] ?? 0);
  const left: number[] = [];
  for (let from = 0; from < all.length; from += exit.maxRows) {
    const to = from + exit.maxRows;
    const { data } = gatherRows(hidden, scored.rows.subarray(from, to));
    const targets = scored.targets.subarray(from, to);
    const rows = { hidden: data as Float32Array, targets };
    for (const row of await exit.undecided(rows, batch.logThreshold)) left.push(from + row);
  }
  return Int32Array.from(left);
}

function take(values: Int32Array, indices: Int32Array): Int32Array {
  return indices.map((index) => values[index] ?? 0);
}

const minimumRows = 16;

/** The rows of the hidden state; where it stays on the device, which ones they are. */
function rowFeeds(
  hidden: Tensor,
  rows: Int32Array,
  { device, hidden: name }: Pick<EngineOptions, 'device' | 'hidden'>,
): Record<string, Tensor> {
  if (!splitOptionsOn(device).gathersStates) return { [name ?? '']: gatherRows(hidden, rows) };
  const numbers = new Tensor('int64', BigInt64Array.from(rows, BigInt), [rows.length]);
  return { [headNames.states]: hidden, [headNames.rows]: numbers };
}

function gatherRows(hidden: Tensor, rows: Int32Array): Tensor {
  const width = hidden.dims[2] ?? 0;
  const shape = [1, rows.length, width];
  const from = hidden.data as Float32Array;
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    gathered.set(from.subarray(row * width, (row + 1) * width), i * width);
  });
  return new Tensor('float32', gathered, shape);
}

/** The scores of one chunk of rows; `selected` counts from the chunk's first row. */
export type HeadChunk = Pick<MicroBatchScores, 'logprobs' | 'selected' | 'topIds' | 'topLogprobs'>;

/** The inputs of the head beside the hidden state. */
function headFeeds(targets: Int32Array, batch: MicroBatch): Record<string, Tensor> {
  const always = new Uint8Array(targets.length);
  always[0] = 1;
  const shape = [targets.length, 1];
  return {
    [headNames.targets]: new Tensor('int64', BigInt64Array.from(targets, BigInt), shape),
    [headNames.always]: new Tensor('bool', always, shape),
    [headNames.logThreshold]: new Tensor('float32', Float32Array.of(batch.logThreshold), [1]),
    [headNames.topK]: new Tensor('int64', BigInt64Array.of(BigInt(batch.topK)), [1]),
  };
}

/**
 * Reads the outputs of the head.
 *
 * @param expected - the rows of logits that there must be (a graph may give those of the last token alone), and the
 * vocabulary's size
 */
function readChunk(
  outputs: InferenceSession.OnnxValueMapType,
  expected: readonly [rows: number, columns: number],
): HeadChunk {
  const data = (name: string): unknown => (outputs[name] as Tensor).data;
  const [rows = -1, columns = -1] = Array.from(
    data(headNames.logitsShape) as BigInt64Array,
    Number,
  );
  if (rows !== expected[0]) {
    throw new Error(
      `it gives logits of ${rows} tokens where ${expected[0]} were read: export it with the logits of all`,
    );
  }
  if (columns !== expected[1]) {
    throw new Error(
      `it gives ${columns} logits a token, and config.json states vocab_size ${expected[1]}: put the files of one model together`,
    );
  }
  return {
    logprobs: data(headNames.logprobs) as Float32Array,
    selected: Int32Array.from(data(headNames.selected) as BigInt64Array, Number),
    topIds: Int32Array.from(data(headNames.topIds) as BigInt64Array, Number),
    topLogprobs: data(headNames.topLogprobs) as Float32Array,
  };
}
