import { makeInt64Tensor, makeNode } from '../onnx/make-onnx.ts';
import { readNode } from '../onnx/onnx-file.ts';
import type { Layer } from './layer.ts';
import type { ChannelMaxima } from './smooth.ts';
import type { SourceModel, Workplace } from './source-model.ts';
import { writeProbe } from './write-quantised.ts';

const axis = 'toedit/rows/axis';
const maximumOf = ({ name }: Layer): string => `${name}/maximum`;

/**
 * The largest absolute value in each channel of each layer's input over windows of tokens, and of its weights.
 *
 * @param windows - token ids, `[tokens]` each
 * @throws ToeditError MODEL_INVALID where ONNX Runtime fails; the signal's reason.
 */
export async function calibrate(
  source: SourceModel,
  windows: readonly Int32Array[],
  workplace: Workplace,
): Promise<ReadonlyMap<Layer, ChannelMaxima>> {
  const maxima = new Map<Layer, ChannelMaxima>();
  for (const layer of source.layers) {
    const weights = await weightMaxima(layer, source.directory);
    maxima.set(layer, { activations: new Float32Array(layer.inputs), weights });
  }
  await using probe = await writeProbe(source, maximaGraph(source), workplace);
  for (const tokenIds of windows) {
    workplace.signal?.throwIfAborted();
    const request = { size: 1, width: tokenIds.length, tokenIds, scalars: {} };
    const values = await probe.run(request);
    for (const [layer, { activations }] of maxima) raise(activations, values[maximumOf(layer)]);
  }
  return maxima;
}

function maximaGraph({ model, layers }: SourceModel) {
  const opset = model.opsets.get('') ?? 0;
  const nodes = layers.flatMap((layer) => maximumNodes(layer, opset).map(readNode));
  return {
    name: 'maxima',
    nodes: [...model.nodes, ...nodes],
    tensors: [],
    constants: [makeInt64Tensor(axis, [0])],
    scalars: [],
    outputs: layers.map(maximumOf),
  };
}

function maximumNodes(layer: Layer, opset: number): Uint8Array[] {
  const output = maximumOf(layer);
  const [sizes, rows] = [`${output}/sizes`, `${output}/rows`];
  const outputs = [output];
  return [
    makeNode('Abs', { inputs: [layer.input], outputs: [sizes] }),
    makeNode('Flatten', { inputs: [sizes], outputs: [rows] }, { axis: -1 }),
    opset >= 18
      ? makeNode('ReduceMax', { inputs: [rows, axis], outputs }, { keepdims: 0 })
      : makeNode('ReduceMax', { inputs: [rows], outputs }, { axes: [0], keepdims: 0 }),
  ];
}

async function weightMaxima(layer: Layer, directory: string): Promise<Float32Array> {
  const maxima = new Float32Array(layer.inputs);
  for (const { weights, isTransposed } of layer.projections) {
    const values = await weights.read(directory);
    const [, columns = 1] = weights.shape;
    values.forEach((value, i) => {
      const input = isTransposed ? i % columns : Math.floor(i / columns);
      maxima[input] = Math.max(maxima[input] ?? 0, Math.abs(value));
    });
  }
  return maxima;
}

function raise(maxima: Float32Array, values: Float32Array | undefined): void {
  values?.forEach((value, channel) => {
    if (value > (maxima[channel] ?? 0)) maxima[channel] = value;
  });
}
