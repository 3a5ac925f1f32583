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
  const vector = (value: string): Vector[] => {
    const constant = find(value);
    return constant?.shape.length === 1 ? [{ value, constant }] : [];
  };

  const normOf = (node: OnnxNode): Fold | null => {
    const places = normVectors.get(node.opType);
    const values = places?.map((place) => node.inputs[place] ?? '').filter((name) => name !== '');
    const vectors = values?.flatMap(vector) ?? [];
    const isWhole = values !== undefined && vectors.length === values.length && vectors.length > 0;
    return isWhole ? { kind: 'norm', node, vectors } : null;
  };
  const factorOf = (node: OnnxNode): Fold | null => {
    if (node.opType !== 'Mul' || node.domain !== '') return null;
    const vectors = node.inputs.flatMap(vector);
    if (vectors.length === 1) return { kind: 'norm', node, vectors };
    for (const value of node.inputs) {
      const projection = byOutput.get(value);
      if (projection !== undefined && projection.bias === null && isReadBy(value, [node])) {
        return { kind: 'projection', projection };
      }
    }
    return null;
  };
  return (input, readers) => {
    const node = producers.get(input);
    const nodes = readers.map((reader) => reader.node);
    if (node === undefined || node.outputs[0] !== input || !isReadBy(input, nodes)) return null;
    return normOf(node) ?? factorOf(node);
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
