import { constantFinder } from '../onnx/find-constant.ts';
import { producersOf } from '../onnx/find-cut.ts';
import type { OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';
import type { Fold, Projection, Vector } from './layer.ts';

/** Inputs of norms, by operation, that its first output is proportional to, together: weight and bias. */
const normVectors: ReadonlyMap<string, readonly number[]> = new Map([
  ['SimplifiedLayerNormalization', [1]],
  ['RMSNormalization', [1]],
  ['LayerNormalization', [1, 2]],
  ['SkipSimplifiedLayerNormalization', [2]],
  ['SkipLayerNormalization', [2, 3]],
]);

/**
 * Tells what a layer's smoothing can be folded into: the weight (and bias) of the norm before it, or, where its input is a product
 * of two values, one that comes straight from a projection. Nothing else may read what is made smaller, but for its shape.
 */
export function foldFinder(
  model: OnnxModel,
  projections: readonly Projection[],
): (input: string, readers: readonly Projection[]) => Fold | null {
  const producers = producersOf(model);
  const find = constantFinder(model);
  const users = usersOf(model);
  const byOutput = new Map(projections.map((each) => [each.node.outputs[0] ?? '', each]));
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const isReadBy = (value: string, readers: readonly OnnxNode[]): boolean =>
    !outputs.has(value) &&
    (users.get(value) ?? []).every((node) => node.opType === 'Shape' || readers.includes(node));
  const vectorsIn = (values: readonly string[], length: number): Vector[] =>
    values.flatMap((value) => {
      const constant = find(value);
      const isVector = constant?.shape.length === 1 && constant.shape[0] === length;
      return isVector ? [{ value, constant }] : [];
    });

  const normOf = (node: OnnxNode, inputs: number): Fold | null => {
    const places = normVectors.get(node.opType) ?? [];
    const values = places.map((place) => node.inputs[place] ?? '').filter((name) => name !== '');
    const vectors = vectorsIn(values, inputs);
    const isWhole = vectors.length === values.length && vectors.length > 0;
    return isWhole ? { kind: 'norm', node, vectors } : null;
  };
  const factorOf = (node: OnnxNode, inputs: number): Fold | null => {
    const [a, b] = node.inputs;
    // A square would be divided twice.
    if (node.opType !== 'Mul' || node.domain !== '' || a === b) return null;
    const vectors = vectorsIn(node.inputs, inputs);
    if (vectors.length === 1) return { kind: 'norm', node, vectors };
    for (const value of node.inputs) {
      const projection = byOutput.get(value);
      if (projection?.bias !== null || projection.outputs !== inputs) continue;
      if (isReadBy(value, [node])) return { kind: 'projection', projection };
    }
    return null;
  };
  return (input, readers) => {
    const node = producers.get(input);
    const nodes = readers.map((reader) => reader.node);
    if (node === undefined || node.outputs[0] !== input || !isReadBy(input, nodes)) return null;
    const inputs = readers[0]?.inputs ?? 0;
    return normOf(node, inputs) ?? factorOf(node, inputs);
  };
}

function usersOf(model: OnnxModel): Map<string, OnnxNode[]> {
  const users = new Map<string, OnnxNode[]>();
  for (const node of model.nodes) {
    for (const value of [...node.inputs, ...node.captured]) {
      users.set(value, [...(users.get(value) ?? []), node]);
    }
  }
  return users;
}
