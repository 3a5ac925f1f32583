import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { elementTypes } from '../../onnx/onnx-model.ts';
import type { EngineOptions } from '../engine-options.ts';
import type { MicroBatch } from '../micro-batch.ts';

/** The part of a prior before its head. */
export interface Body {
  /** The hidden state, float32 `[size, width, hidden]`. */
  hidden(batch: MicroBatch): Promise<Tensor>;
  release(): Promise<void>;
}

/** What {@link openBody} needs to know of the graph. */
export type BodyOptions = Pick<
  EngineOptions,
  'device' | 'hidden' | 'inputs' | 'headSize' | 'pasts'
>;

/**
 * Long windows run piece by piece, each with the keys and values of those before as its past: nothing is computed for the half of
 * the attention that is masked, and memory is bounded by the piece. A graph that gives the same bits for the first long window's
 * beginning in both ways is trusted with it; others run whole, as do graphs without a past, and devices other than the CPU.
 */
export function openBody(session: InferenceSession, options: BodyOptions): Body {
  const whole = (batch: MicroBatch): Promise<Tensor> =>
    runPieces(session, options, { batch, pieceTokens: batch.width });
  let isTrusted: boolean | null =
    options.device === 'cpu' && options.pasts.length > 0 ? null : false;
  return {
    async hidden(batch) {
      const pieceTokens = pieceTokensOf(batch);
      if (isTrusted === false || batch.width < pieceTokens + leastRest) return whole(batch);
      const pieces = (of: MicroBatch): Promise<Tensor> =>
        runPieces(session, options, { batch: of, pieceTokens });
      if (isTrusted === null) {
        const trial = beginning(batch, Math.min(batch.width, 2 * pieceTokens));
        isTrusted = isEqual(await whole(trial), await pieces(trial).catch(() => null));
      }
      return isTrusted ? pieces(batch) : whole(batch);
    },
    release: () => session.release(),
  };
}

/** A pass over fewer tokens than this wastes time on reading the weights (docs/decisions/body.md). */
const leastPassTokens = 512;

/** Tokens of each window that run at once. */
function pieceTokensOf({ size }: MicroBatch): number {
  return Math.max(128, 64 * Math.ceil(leastPassTokens / size / 64));
}

interface Pieces {
  readonly batch: MicroBatch;
  readonly pieceTokens: number;
}

async function runPieces(
  session: InferenceSession,
  options: BodyOptions,
  { batch, pieceTokens }: Pieces,
): Promise<Tensor> {
  const { width } = batch;
  const hidden = options.hidden ?? '';
  const isOne = pieceTokens >= width;
  const fetches = isOne ? [hidden] : [hidden, ...options.pasts.map(({ present }) => present)];
  const states: { readonly span: BodySpan; readonly state: Tensor }[] = [];
  let past: Record<string, Tensor> = {};
  for (const span of pieceSpans(width, pieceTokens)) {
    const outputs = await session.run({ ...bodyFeeds(batch, options, span), ...past }, fetches);
    states.push({ span, state: requireHidden(outputs[hidden], batch, span) });
    if (!isOne) past = pastOf(outputs, options);
  }
  const [first] = states;
  return isOne && first !== undefined ? first.state : joinStates(states, batch);
}

/** A piece of one token would go through other kernels, which round otherwise: a short rest goes with the piece before it. */
const leastRest = 16;

function pieceSpans(width: number, pieceTokens: number): BodySpan[] {
  const spans: BodySpan[] = [];
  for (let from = 0; from < width; ) {
    const to = from + pieceTokens + leastRest > width ? width : from + pieceTokens;
    spans.push({ from, to });
    from = to;
  }
  return spans;
}

function pastOf(
  outputs: InferenceSession.OnnxValueMapType,
  { pasts }: BodyOptions,
): Record<string, Tensor> {
  return Object.fromEntries(pasts.map(({ past, present }) => [past, outputs[present] as Tensor]));
}

function requireHidden(hidden: Tensor | undefined, { size }: MicroBatch, span: BodySpan): Tensor {
  const shape = hidden?.dims ?? [];
  const tokens = span.to - span.from;
  // Narrower floats are cast within the graph (`floatCrossing`): this one's type was not seen.
  if (hidden !== undefined && hidden.type !== 'float32') {
    throw new Error(`its hidden state is ${hidden.type}: export it as float32`);
  }
  if (hidden !== undefined && shape.length === 3 && shape[0] === size && shape[1] === tokens) {
    return hidden;
  }
  throw new Error(
    `its hidden state has shape [${shape.join()}] for ${String(size)} windows of ${String(tokens)} tokens: export it with the logits of all`,
  );
}

/** The states of all positions, from those of the pieces. */
function joinStates(
  states: readonly { readonly span: BodySpan; readonly state: Tensor }[],
  { size, width }: MicroBatch,
): Tensor {
  const [first] = states;
  const hidden = first?.state.dims[2] ?? 0;
  const joined = new Float32Array(size * width * hidden);
  for (const { span, state } of states) {
    const part = state.data as Float32Array;
    const length = (span.to - span.from) * hidden;
    for (let window = 0; window < size; window++) {
      const piece = part.subarray(window * length, (window + 1) * length);
      joined.set(piece, (window * width + span.from) * hidden);
    }
  }
  return new Tensor('float32', joined, [size, width, hidden]);
}

/** The first `width` tokens of each window. */
function beginning(batch: MicroBatch, width: number): MicroBatch {
  const tokenIds = new Int32Array(batch.size * width);
  for (let window = 0; window < batch.size; window++) {
    const start = window * batch.width;
    tokenIds.set(batch.tokenIds.subarray(start, start + width), window * width);
  }
  return { ...batch, width, tokenIds };
}

function isEqual(one: Tensor, other: Tensor | null): boolean {
  if (other === null) return false;
  const [a, b] = [one, other].map(({ data }) => bytesOf(data as Float32Array));
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

type Input = EngineOptions['inputs'][number];

/** The positions of a micro-batch that run now: those before `from` are in the past. */
export interface BodySpan {
  readonly from: number;
  readonly to: number;
}

/**
 * The inputs of the body for a micro-batch, by what the graph asks for: token ids, an attention mask of ones
 * (padding stands at the right, where a causal model never looks), positions, and an empty past.
 *
 * @param span - the positions that run; all of them where it is left out
 */
export function bodyFeeds(
  batch: MicroBatch,
  options: Pick<EngineOptions, 'inputs' | 'headSize'>,
  span: BodySpan = { from: 0, to: batch.width },
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const input of options.inputs) {
    feeds[input.name] = input.name.startsWith('past')
      ? emptyPast(input, batch.size, options.headSize)
      : feed(input, batch, span);
  }
  return feeds;
}

function feed(input: Input, batch: MicroBatch, { from, to }: BodySpan): Tensor {
  const { size, width, tokenIds } = batch;
  const shape = [size, to - from];
  const values = (value: (window: number, position: number) => number): Int32Array =>
    Int32Array.from({ length: size * (to - from) }, (_, i) =>
      value(Math.floor(i / (to - from)), from + (i % (to - from))),
    );
  // Of all positions, as a number (0 stands for all) or as a list of them.
  if (/logits_to_\w+$/u.test(input.name)) {
    if (typeof input.shape[0] !== 'string')
      return numbers(
        input,
        Int32Array.of(0),
        input.shape.map(() => 1),
      );
    return numbers(
      input,
      Int32Array.from({ length: to - from }, (_, at) => at),
      [to - from],
    );
  }
  switch (input.name) {
    case 'use_cache_branch':
      return new Tensor(
        'bool',
        Uint8Array.of(0),
        input.shape.map(() => 1),
      );
    case 'attention_mask':
      return numbers(input, new Int32Array(size * to).fill(1), [size, to]);
    case 'position_ids':
      return numbers(
        input,
        values((_, position) => position),
        shape,
      );
    case 'token_type_ids':
      return numbers(
        input,
        values(() => 0),
        shape,
      );
    default:
      return numbers(
        input,
        values((window, p) => tokenIds[window * width + p] ?? 0),
        shape,
      );
  }
}

function numbers(input: Input, values: Int32Array, shape: readonly number[]): Tensor {
  if (input.elementType === elementTypes.bool) {
    return new Tensor('bool', Uint8Array.from(values), shape);
  }
  if (input.elementType === elementTypes.float) {
    return new Tensor('float32', Float32Array.from(values), shape);
  }
  if (input.elementType === elementTypes.int32) return new Tensor('int32', values, shape);
  return new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
}

/**
 * What comes before the first token: `[batch, heads, 0, headSize]` for keys and values, by the graph's fixed dimensions, the batch size
 * first, the last one where it is open; zeros for a state whose shape is fixed, such as that of a convolution.
 */
function emptyPast(input: Input, size: number, headSize: number): Tensor {
  const last = input.shape.length - 1;
  // Keys and values of a layer together: `[2, batch, heads, 0, headSize]`.
  const batchAxis = last === 4 && typeof input.shape[0] === 'number' ? 1 : 0;
  const shape = input.shape.map((dimension, axis) => {
    if (axis === batchAxis) return size;
    if (typeof dimension === 'number') return dimension;
    return axis === last ? headSize : 0;
  });
  const values = shape.reduce((product, dimension) => product * dimension, 1);
  return new Tensor('float32', new Float32Array(values), shape);
}
