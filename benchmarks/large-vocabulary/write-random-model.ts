import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeInt64Tensor, makeNode, makeValue } from '../../src/onnx/make-onnx.ts';
import { writeOnnxModel } from '../../src/onnx/onnx-file.ts';
import { elementTypes } from '../../src/onnx/onnx-model.ts';
import { dataName, type MakeTensor, weightsFile } from './weights-file.ts';

/** The size of a model. */
export interface ModelSize {
  readonly layers: number;
  readonly hidden: number;
  readonly feedForward: number;
  /** Query heads; they share one head of keys and values. */
  readonly heads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  readonly maxTokens: number;
}

/**
 * Writes a model directory with random weights, all of them apart in one file as those of a trained model are: a causal
 * transformer with root-mean-square norms and a gated feed-forward part, embedding and projection tied.
 *
 * @param tokenizer - a model directory with the tokenizer that it gets
 */
export async function writeRandomModel(
  directory: string,
  size: ModelSize,
  tokenizer: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    await copyFile(join(tokenizer, name), join(directory, name));
  }
  const config = {
    vocab_size: size.vocabulary,
    max_position_embeddings: size.maxTokens,
    hidden_size: size.hidden,
    num_attention_heads: size.heads,
    head_dim: size.headSize,
  };
  await writeFile(join(directory, 'config.json'), JSON.stringify(config));
  const weights = weightsFile(size);
  await writeFile(join(directory, 'model.onnx'), graph(size, weights.tensor));
  await weights.write(join(directory, dataName));
}

function graph(size: ModelSize, tensor: MakeTensor): Uint8Array {
  const { hidden, vocabulary, maxTokens, layers } = size;
  const nodes = [
    node('Gather', 'embedding input_ids', 'state.0'),
    node('Shape', 'input_ids', 'shape'),
    node('Gather', 'shape one', 'tokens'),
    node('Slice', 'mask start tokens axis_2', 'mask.rows'),
    node('Slice', 'mask.rows start tokens axis_3', 'mask.cut'),
  ];
  const initializers = [
    tensor('ones', [hidden]),
    tensor('mask', [1, 1, maxTokens, maxTokens]),
    tensor('embedding', [vocabulary, hidden]),
    makeInt64Tensor('one', [1]),
    makeInt64Tensor('start', [0]),
    makeInt64Tensor('axis_2', [2]),
    makeInt64Tensor('axis_3', [3]),
    makeInt64Tensor('by_head', [0, 0, -1, size.headSize]),
    makeInt64Tensor('joined', [0, 0, size.heads * size.headSize]),
  ];
  for (let layer = 0; layer < layers; layer++) {
    nodes.push(...attention(layer), ...feedForward(layer));
    initializers.push(...weightsOf(layer, size, tensor));
  }
  nodes.push(
    node('SimplifiedLayerNormalization', `state.${String(layers)} ones`, 'normed'),
    makeNode('Transpose', { inputs: ['embedding'], outputs: ['projection'] }, { perm: [1, 0] }),
    node('MatMul', 'normed projection', 'logits'),
  );
  const { int64, float } = elementTypes;
  return writeOnnxModel(
    { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', 18]]) },
    {
      ...{ nodes, initializers },
      inputs: [makeValue('input_ids', int64, ['batch', 'tokens'])],
      outputs: [makeValue('logits', float, ['batch', 'tokens', vocabulary])],
    },
  );
}

function attention(layer: number): Uint8Array[] {
  const at = (name: string): string => `${name}.${String(layer)}`;
  const byHead = (name: string, perm: readonly number[]): Uint8Array[] => [
    node('MatMul', `${at('normed')} ${at(`weights.${name}`)}`, at(`${name}.flat`)),
    node('Reshape', `${at(`${name}.flat`)} by_head`, at(`${name}.heads`)),
    makeNode('Transpose', { inputs: [at(`${name}.heads`)], outputs: [at(name)] }, { perm }),
  ];
  const joined = { inputs: [at('mixed')], outputs: [at('mixed.tokens')] };
  return [
    node('SimplifiedLayerNormalization', `${at('state')} ones`, at('normed')),
    ...byHead('query', [0, 2, 1, 3]),
    ...byHead('key', [0, 2, 3, 1]),
    ...byHead('value', [0, 2, 1, 3]),
    node('MatMul', `${at('query')} ${at('key')}`, at('scores')),
    node('Add', `${at('scores')} mask.cut`, at('masked')),
    node('Softmax', at('masked'), at('shares')),
    node('MatMul', `${at('shares')} ${at('value')}`, at('mixed')),
    makeNode('Transpose', joined, { perm: [0, 2, 1, 3] }),
    node('Reshape', `${at('mixed.tokens')} joined`, at('mixed.flat')),
    node('MatMul', `${at('mixed.flat')} ${at('weights.output')}`, at('attended')),
    node('Add', `${at('state')} ${at('attended')}`, at('middle')),
  ];
}

function feedForward(layer: number): Uint8Array[] {
  const at = (name: string): string => `${name}.${String(layer)}`;
  return [
    node('SimplifiedLayerNormalization', `${at('middle')} ones`, at('normed.middle')),
    node('MatMul', `${at('normed.middle')} ${at('weights.gate')}`, at('gate')),
    node('Sigmoid', at('gate'), at('gate.sigmoid')),
    node('Mul', `${at('gate')} ${at('gate.sigmoid')}`, at('gated')),
    node('MatMul', `${at('normed.middle')} ${at('weights.up')}`, at('up')),
    node('Mul', `${at('gated')} ${at('up')}`, at('inner')),
    node('MatMul', `${at('inner')} ${at('weights.down')}`, at('outer')),
    node('Add', `${at('middle')} ${at('outer')}`, `state.${String(layer + 1)}`),
  ];
}

function weightsOf(layer: number, size: ModelSize, tensor: MakeTensor): Uint8Array[] {
  const { hidden, heads, headSize, feedForward: wide } = size;
  const shapes = {
    query: [hidden, heads * headSize],
    key: [hidden, headSize],
    value: [hidden, headSize],
    output: [heads * headSize, hidden],
    gate: [hidden, wide],
    up: [hidden, wide],
    down: [wide, hidden],
  };
  return Object.entries(shapes).map(([name, shape]) =>
    tensor(`weights.${name}.${String(layer)}`, shape),
  );
}

function node(opType: string, inputs: string, output: string): Uint8Array {
  return makeNode(opType, { inputs: inputs.split(' '), outputs: [output] });
}
