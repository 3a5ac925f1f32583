import type { OnnxModel } from './onnx-model.ts';

/** Keys or values of a layer: the input that holds those of the tokens before, and the output that holds them and the new ones. */
export interface Past {
  readonly past: string;
  readonly present: string;
}

/**
 * Pairs the graph's past inputs with its present outputs, by the names that exporters give them: `past_key_values.0.key` and
 * `present.0.key`, `past_key_0` and `present_key_0`. None where an input has no partner, or there are none.
 */
export function findPasts({ inputs, outputs, initializers }: OnnxModel): readonly Past[] {
  const constants = new Set(initializers.map(({ name }) => name));
  const presents = new Set(outputs.map(({ name }) => name));
  const pasts = inputs
    .filter(({ name }) => name.startsWith('past') && !constants.has(name))
    .map(({ name }) => ({
      past: name,
      present: name.replace(/^past(?:_key_values)?/u, 'present'),
    }));
  return pasts.every(({ present }) => presents.has(present)) ? pasts : [];
}
