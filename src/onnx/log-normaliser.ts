import { makeInt64Tensor, makeNode } from './make-onnx.ts';

/** Nodes and constants that are added to a graph. */
export interface GraphPart {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
}

/**
 * How exponentials are summed up: `log-softmax` by ONNX Runtime's LogSoftmax, `exponentials` by operations that WebGPU has, too, where
 * LogSoftmax is left to the CPU.
 */
export type Summation = 'log-softmax' | 'exponentials';

/** What the normaliser is made for. */
export interface NormaliserOptions {
  /** The operator set of the graph. */
  readonly opset: number;
  /** The size of the vocabulary; null where the graph does not state it. */
  readonly columns: number | null;
  /** @defaultValue 'log-softmax' */
  readonly summation?: Summation | undefined;
}

/** The names of the normaliser's two parts, float32 `[rows, 1]`: their sum is the log of the sum of exponentials. */
export const normaliserNames = { pivot: 'toedit/pivot', rest: 'toedit/rest' } as const;

/** Nodes that sum up the exponentials of each row of `logits`, float32 `[rows, columns]`: by blocks, then over blocks. */
export function logNormaliser(logits: string, options: NormaliserOptions): GraphPart {
  const nodes =
    options.summation === 'exponentials'
      ? exponentialSums(logits, options)
      : logSoftmaxSums(logits, options);
  const blocks = blockCount(options.columns ?? 1);
  const width = options.columns === null ? -1 : options.columns / blocks;
  const initializers = [
    makeInt64Tensor(inner('blocks_shape'), [0, blocks, width]),
    makeInt64Tensor(inner('rows_shape'), [0, -1]),
    ...(options.summation === 'exponentials' || options.opset >= 18
      ? [makeInt64Tensor(inner('axis_1'), [1]), makeInt64Tensor(inner('axis_2'), [2])]
      : []),
  ];
  return { nodes, initializers };
}

/**
 * ONNX Runtime's LogSoftmax adds up a whole row in one vector register. With 49,152 columns small terms are lost, and
 * every log-probability comes out 8e-6 too high; by blocks the error is a tenth, in the same time. A block's own sum is
 * the distance of its greatest logit from its greatest log-softmax, and so is the sum over blocks. Only operations that
 * work row by row are used: Exp or Log of a column of rows would round a row by its place among them.
 */
function logSoftmaxSums(logits: string, { opset }: NormaliserOptions): Uint8Array[] {
  const { pivot, rest } = normaliserNames;
  return [
    node('Reshape', [logits, inner('blocks_shape')], inner('blocks')),
    makeNode('LogSoftmax', { inputs: [inner('blocks')], outputs: [inner('logs')] }, { axis: 2 }),
    greatest(inner('blocks'), inner('greatest'), { axis: 2, opset }),
    greatest(inner('logs'), inner('greatest_log'), { axis: 2, opset }),
    node('Sub', [inner('greatest'), inner('greatest_log')], inner('sums')),
    // A block of nothing but minus infinity has no log-softmax: its sum is minus infinity, too.
    node('IsInf', [inner('greatest')], inner('is_empty')),
    node('Where', [inner('is_empty'), inner('greatest'), inner('sums')], inner('all_sums')),
    node('Reshape', [inner('all_sums'), inner('rows_shape')], inner('block_sums')),
    greatest(inner('block_sums'), pivot, { axis: 1, opset }),
    makeNode(
      'LogSoftmax',
      { inputs: [inner('block_sums')], outputs: [inner('block_logs')] },
      { axis: 1 },
    ),
    greatest(inner('block_logs'), inner('greatest_block_log'), { axis: 1, opset }),
    node('Neg', [inner('greatest_block_log')], rest),
  ];
}

/** The pivot is the row's greatest logit, so no block needs to be told apart for being empty: its exponentials are 0. */
function exponentialSums(logits: string, { opset }: NormaliserOptions): Uint8Array[] {
  const { pivot, rest } = normaliserNames;
  return [
    greatest(logits, pivot, { axis: 1, opset }),
    node('Sub', [logits, pivot], inner('shifted')),
    node('Exp', [inner('shifted')], inner('terms')),
    node('Reshape', [inner('terms'), inner('blocks_shape')], inner('blocks')),
    node('ReduceSum', [inner('blocks'), inner('axis_2')], inner('sums')),
    node('Reshape', [inner('sums'), inner('rows_shape')], inner('block_sums')),
    node('ReduceSum', [inner('block_sums'), inner('axis_1')], inner('sum')),
    node('Log', [inner('sum')], rest),
  ];
}

function inner(name: string): string {
  return `toedit/normaliser/${name}`;
}

function node(opType: string, inputs: readonly string[], output: string): Uint8Array {
  return makeNode(opType, { inputs, outputs: [output] });
}

/** The greatest number along an axis, which is kept. */
function greatest(
  input: string,
  output: string,
  { axis, opset }: { readonly axis: 1 | 2; readonly opset: number },
): Uint8Array {
  return opset < 18
    ? makeNode('ReduceMax', { inputs: [input], outputs: [output] }, { axes: [axis] })
    : node('ReduceMax', [input, inner(`axis_${String(axis)}`)], output);
}

/** How many numbers are added up in a chain at most where a row of `total` logits is summed up. */
export function longestSum(columns: number | null, total: number): number {
  if (columns === null) return total;
  const blocks = blockCount(columns);
  return columns / blocks + blocks;
}

/** Equal blocks, at most 64, of at least 16 columns. */
function blockCount(columns: number): number {
  let blocks = Math.max(1, Math.min(64, Math.floor(columns / 16)));
  while (columns % blocks !== 0) blocks--;
  return blocks;
}
