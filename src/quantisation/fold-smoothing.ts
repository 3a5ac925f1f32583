import type { OnnxNode } from '../onnx/onnx-model.ts';
import { elementTypes } from '../onnx/onnx-model.ts';
import type { Layer, Projection } from './layer.ts';
import { bytesOf, type PendingTensors } from './new-tensor.ts';
import type { WeightChange } from './smoothed-weights.ts';

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
