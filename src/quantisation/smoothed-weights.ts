import { transpose } from '../onnx/find-constant.ts';
import type { Projection } from './layer.ts';

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
