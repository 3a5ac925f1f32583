import type { TensorHeader } from '../onnx/make-onnx.ts';
import { elementTypes, type OnnxNode } from '../onnx/onnx-model.ts';
import { transpose } from '../onnx/tensors.ts';
import type { Layer, Projection } from './layer.ts';

/** The smoothing of all layers that it can be folded into something before, by one alpha. */
export function smooth(maxima: ReadonlyMap<Layer, ChannelMaxima>, alpha: number): Smoothing {
  const scales = new Map<Layer, Float32Array>();
  for (const [layer, channels] of maxima) {
    if (layer.fold !== null) scales.set(layer, smoothingScales(channels, alpha));
  }
  return scales;
}

/** The largest absolute values of a layer, by input channel, `[inputs]`. */
export interface ChannelMaxima {
  /** Of its input, over a sample. */
  readonly activations: Float32Array;
  /** Of its weights, over all of its projections. */
  readonly weights: Float32Array;
}

/**
 * By what a layer's input is divided, and its weights multiplied, channel by channel: what is hard to quantise in the one is
 * partly moved into the other. max|X|^alpha / max|W|^(1 - alpha); 1 for channels that are always 0.
 *
 * @param alpha - from 0 (all is left in the activations) to 1 (all is moved into the weights)
 *
 * Source: SmoothQuant (Xiao et al., ICML 2023), equation 4.
 */
export function smoothingScales(maxima: ChannelMaxima, alpha: number): Float32Array {
  return maxima.activations.map((activation, channel) => {
    const weight = maxima.weights[channel] ?? 0;
    if (activation <= 0 || weight <= 0) return 1;
    return activation ** alpha / weight ** (1 - alpha);
  });
}

/** By what the input of each layer is divided, `[inputs]`; layers that are not in it stay as they are. */
export type Smoothing = ReadonlyMap<Layer, Float32Array>;

/** What smoothing does to a graph. */
export interface FoldedSmoothing {
  readonly changeOf: (layer: Layer, projection: Projection) => WeightChange;
  /** New names for the inputs of norms. */
  readonly renames: ReadonlyMap<OnnxNode, ReadonlyMap<string, string>>;
  /** The vectors of norms under these names. */
  readonly vectors: readonly PendingTensors[];
}

/** Folds smoothing into what stands before the layers: no operation is added. */
export function foldSmoothing(smoothing: Smoothing): FoldedSmoothing {
  const divisors = new Map<Projection, Float32Array>();
  const renames = new Map<OnnxNode, ReadonlyMap<string, string>>();
  const vectors: PendingTensors[] = [];
  for (const [{ fold }, scales] of smoothing) {
    if (fold?.kind === 'projection') divisors.set(fold.projection, scales);
    if (fold?.kind !== 'norm') continue;
    const names = new Map<string, string>();
    for (const { value, constant } of fold.vectors) {
      const name = `${fold.node.outputs[0] ?? ''}/smoothed/${value}`;
      names.set(value, name);
      const header = { name, elementType: elementTypes.float, shape: constant.shape };
      const make = async (directory: string) => {
        const values = await constant.read(directory);
        return [{ ...header, bytes: bytesOf(values.map((each, i) => each / (scales[i] ?? 1))) }];
      };
      vectors.push({ names: [name], make });
    }
    renames.set(fold.node, names);
  }
  const changeOf = (layer: Layer, projection: Projection): WeightChange => ({
    multiply: smoothing.get(layer) ?? null,
    divide: divisors.get(projection) ?? null,
  });
  return { changeOf, renames, vectors };
}

/** How the weights of a projection change. */
export interface WeightChange {
  /** By its input channels, `[inputs]`: the smoothing of its own layer. */
  readonly multiply: Float32Array | null;
  /** By its output channels, `[outputs]`: the smoothing of a layer that is folded into it. */
  readonly divide: Float32Array | null;
}

/**
 * The weights of a projection, `[inputs, outputs]`, with smoothing in them.
 *
 * @param directory - of the model
 */
export async function smoothedWeights(
  { weights, inputs, outputs, isTransposed }: Projection,
  { multiply, divide }: WeightChange,
  directory: string,
): Promise<Float32Array> {
  const stored = await weights.read(directory);
  const values = isTransposed ? transpose(stored, outputs, inputs) : stored;
  if (multiply === null && divide === null) return values;
  for (let input = 0, i = 0; input < inputs; input++) {
    const factor = multiply?.[input] ?? 1;
    for (let output = 0; output < outputs; output++, i++) {
      values[i] = ((values[i] ?? 0) * factor) / (divide?.[output] ?? 1);
    }
  }
  return values;
}

/** A tensor that a graph gains, its values little-endian. */
export interface NewTensor extends TensorHeader {
  readonly bytes: Uint8Array;
}

/** Tensors that are made one group after the other as they are written, so that few are in memory. */
export interface PendingTensors {
  readonly names: readonly string[];
  /** @param directory - of the model that they are made from */
  readonly make: (directory: string) => Promise<readonly NewTensor[]>;
}

/** The bytes of an array's values. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
