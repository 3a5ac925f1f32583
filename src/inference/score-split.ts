import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { EarlyExit } from './early-exit.ts';
import type { EngineOptions } from './engine-options.ts';
import { type HeadChunk, headFeeds, readChunk } from './head-chunk.ts';
import type { MicroBatch } from './micro-batch.ts';
import type { Body } from './open-body.ts';

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
export async function scoreSplit(sessions: SplitSessions, work: ScoringWork): Promise<SplitScores> {
  const { batch, scored } = work;
  const hidden = await sessions.body.hidden(batch);
  const asked = await undecided(sessions, hidden, work);
  const left = { rows: take(scored.rows, asked), targets: take(scored.targets, asked) };
  const chunks = await runHead(sessions.head, hidden, { ...work, scored: left });
  hidden.dispose();
  return { chunks, asked };
}

async function runHead(
  head: InferenceSession,
  hidden: Tensor,
  { batch, scored, options }: ScoringWork,
): Promise<HeadChunk[]> {
  const { hidden: name, logitsBytes, vocabularySize } = options;
  const chunkRows = Math.max(minimumRows, Math.floor(logitsBytes / (4 * vocabularySize)));
  const chunks: HeadChunk[] = [];
  for (let from = 0; from < scored.rows.length; from += chunkRows) {
    const rows = scored.rows.subarray(from, from + chunkRows);
    const targets = scored.targets.subarray(from, from + chunkRows);
    const feeds = { [name ?? '']: gatherRows(hidden, rows), ...headFeeds(targets, batch) };
    chunks.push(readChunk(await head.run(feeds), rows.length));
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

function gatherRows(hidden: Tensor, rows: Int32Array): Tensor {
  const width = hidden.dims[2] ?? 0;
  const shape = [1, rows.length, width];
  const gather = <Data extends Float32Array | Uint16Array>(from: Data, to: Data): Data => {
    rows.forEach((row, i) => {
      to.set(from.subarray(row * width, (row + 1) * width), i * width);
    });
    return to;
  };
  const { type, data } = hidden;
  if (type === 'float16') {
    // Newer versions of Node have a Float16Array: bits are copied, never numbers.
    const { buffer, byteOffset, length } = data as Uint16Array;
    const bits = new Uint16Array(buffer, byteOffset, length);
    return new Tensor(type, gather(bits, new Uint16Array(rows.length * width)), shape);
  }
  if (type !== 'float32') throw new Error(`its hidden state is ${type}: export it as float32`);
  return new Tensor(
    type,
    gather(data as Float32Array, new Float32Array(rows.length * width)),
    shape,
  );
}
