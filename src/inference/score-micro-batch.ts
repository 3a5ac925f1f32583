import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { headNames } from '../onnx/scoring-head.ts';
import { bodyFeeds } from './body-feeds.ts';
import type { EngineOptions } from './engine-options.ts';
import type { MicroBatch, MicroBatchScores } from './micro-batch.ts';

/** The open sessions of a prior; `head` is null where it is appended to the body. */
export interface Sessions {
  readonly body: InferenceSession;
  readonly head: InferenceSession | null;
}

/** A row of the hidden state and the token it predicts: `[scored]` each. */
interface ScoredRows {
  readonly rows: Int32Array;
  readonly targets: Int32Array;
}

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
  const scores =
    sessions.head === null || options.hidden === null
      ? await scoreAppended(sessions.body, { batch, scored, options })
      : await scoreSplit(sessions.body, sessions.head, { batch, scored, options });
  return { ...join(scores, batch), busyMs: performance.now() - started };
}

interface Work {
  readonly batch: MicroBatch;
  readonly scored: ScoredRows;
  readonly options: EngineOptions;
}

/** The scores of one chunk of rows; `selected` counts from the chunk's first row. */
type Chunk = Omit<MicroBatchScores, 'busyMs'>;

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

async function scoreAppended(session: InferenceSession, work: Work): Promise<Chunk[]> {
  const { batch, scored, options } = work;
  if (scored.rows.length === 0) return [];
  const rows = new Tensor('int64', BigInt64Array.from(scored.rows, BigInt), [scored.rows.length]);
  const feeds = { ...bodyFeeds(batch, options), ...headFeeds(scored.targets, batch) };
  const outputs = await session.run({ ...feeds, [headNames.rows]: rows });
  return [readChunk(outputs, batch.size * batch.width)];
}

async function scoreSplit(
  body: InferenceSession,
  head: InferenceSession,
  work: Work,
): Promise<Chunk[]> {
  const { batch, scored, options } = work;
  const hiddenName = options.hidden ?? '';
  const outputs = await body.run(bodyFeeds(batch, options));
  const hidden = requireHidden(outputs[hiddenName], batch);
  const chunkRows = Math.max(
    minimumRows,
    Math.floor(options.logitsBytes / (4 * options.vocabularySize)),
  );
  const chunks: Chunk[] = [];
  for (let from = 0; from < scored.rows.length; from += chunkRows) {
    const rows = scored.rows.subarray(from, from + chunkRows);
    const targets = scored.targets.subarray(from, from + chunkRows);
    const feeds = { [hiddenName]: gatherRows(hidden, rows), ...headFeeds(targets, batch) };
    chunks.push(readChunk(await head.run(feeds), rows.length));
  }
  hidden.dispose();
  return chunks;
}

const minimumRows = 16;

function requireHidden(hidden: Tensor | undefined, { size, width }: MicroBatch): Tensor {
  const shape = hidden?.dims ?? [];
  if (hidden !== undefined && shape.length === 3 && shape[0] === size && shape[1] === width) {
    return hidden;
  }
  throw new Error(
    `its hidden state has shape [${shape.join()}] for ${String(size)} windows of ${String(width)} tokens: export it with the logits of all`,
  );
}

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

/** @param logitsRows - rows of logits that there must be: a graph may give those of the last token alone */
function readChunk(outputs: InferenceSession.OnnxValueMapType, logitsRows: number): Chunk {
  const data = (name: string): unknown => (outputs[name] as Tensor).data;
  const [rows] = data(headNames.logitsShape) as BigInt64Array;
  if (Number(rows) !== logitsRows) {
    throw new Error(
      `it gives logits of ${String(rows)} tokens where ${String(logitsRows)} were read: export it with the logits of all`,
    );
  }
  return {
    logprobs: data(headNames.logprobs) as Float32Array,
    selected: Int32Array.from(data(headNames.selected) as BigInt64Array, Number),
    topIds: Int32Array.from(data(headNames.topIds) as BigInt64Array, Number),
    topLogprobs: data(headNames.topLogprobs) as Float32Array,
  };
}

/** Joins the chunks and drops the rows that were selected only because TopK needs one. */
function join(chunks: readonly Chunk[], { topK, logThreshold }: MicroBatch): Chunk {
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
