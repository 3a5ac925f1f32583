import { makeInt64Tensor, makeNode } from './make-onnx.ts';

/** Nodes and constants that are added to a graph. */
export interface GraphPart {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
}

/** What the normaliser is made for. */
export interface NormaliserOptions {
  /** The operator set of the graph. */
  readonly opset: number;
  /** The size of the vocabulary; null where the graph does not state it. */
  readonly columns: number | null;
}

/** The names of the normaliser's two parts, float32 `[rows, 1]`: their sum is the log of the sum of exponentials. */
export const normaliserNames = { pivot: 'toedit/pivot', rest: 'toedit/rest' } as const;

/**
 * Nodes that sum up the exponentials of each row of `logits`, float32 `[rows, columns]`: by blocks, then over blocks.
 *
 * ONNX Runtime's LogSoftmax adds up a whole row in one vector register. With 49,152 columns small terms are lost, and
 * every log-probability comes out 8e-6 too high; by blocks the error is a tenth, in the same time. A block's own sum is
 * the distance of its greatest logit from its greatest log-softmax, and so is the sum over blocks. Only operations that
 * work row by row are used: Exp or Log of a column of rows would round a row by its place among them.
 */
export function logNormaliser(logits: string, options: NormaliserOptions): GraphPart {
  const inner = (name: string): string => `toedit/normaliser/${name}`;
  const { pivot, rest } = normaliserNames;
  const node = (opType: string, inputs: readonly string[], output: string): Uint8Array =>
    makeNode(opType, { inputs, outputs: [output] });
  const greatest = (input: string, output: string, axis: number): Uint8Array =>
    options.opset < 18
      ? makeNode('ReduceMax', { inputs: [input], outputs: [output] }, { axes: [axis] })
      : node('ReduceMax', [input, inner(`axis_${String(axis)}`)], output);
  const nodes = [
    node('Reshape', [logits, inner('blocks_shape')], inner('blocks')),
    makeNode('LogSoftmax', { inputs: [inner('blocks')], outputs: [inner('logs')] }, { axis: 2 }),
    greatest(inner('blocks'), inner('greatest'), 2),
    greatest(inner('logs'), inner('greatest_log'), 2),
    node('Sub', [inner('greatest'), inner('greatest_log')], inner('sums')),
    // A block of nothing but minus infinity has no log-softmax: its sum is minus infinity, too.
    node('IsInf', [inner('greatest')], inner('is_empty')),
    node('Where', [inner('is_empty'), inner('greatest'), inner('sums')], inner('all_sums')),
    node('Reshape', [inner('all_sums'), inner('rows_shape')], inner('block_sums')),
    greatest(inner('block_sums'), pivot, 1),
    makeNode(
      'LogSoftmax',
      { inputs: [inner('block_sums')], outputs: [inner('block_logs')] },
      { axis: 1 },
    ),
    greatest(inner('block_logs'), inner('greatest_block_log'), 1),
    node('Neg', [inner('greatest_block_log')], rest),
  ];
  const blocks = blockCount(options.columns ?? 1);
  const width = options.columns === null ? -1 : options.columns / blocks;
  const initializers = [
    makeInt64Tensor(inner('blocks_shape'), [0, blocks, width]),
    makeInt64Tensor(inner('rows_shape'), [0, -1]),
    ...(options.opset < 18
      ? []
      : [makeInt64Tensor(inner('axis_1'), [1]), makeInt64Tensor(inner('axis_2'), [2])]),
  ];
  return { nodes, initializers };
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
