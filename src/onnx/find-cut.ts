import { readFunctionNames } from './onnx-fields.ts';
import type { OnnxModel, OnnxNode } from './onnx-model.ts';

/** Where a graph is cut in two: the hidden state that the projection onto the vocabulary reads. */
export interface Cut {
  /** The value that leaves the body and enters the head: `[batch, tokens, hidden]`. */
  readonly hidden: string;
  /** The projection onto the vocabulary. */
  readonly projection: OnnxNode;
}

/** Why a graph cannot be cut: the node at which the search ended, and what is wrong with it. */
export interface NoCut {
  readonly node: OnnxNode | null;
  readonly reason: string;
}

/** Those that map `[batch, tokens, hidden]`, their first input, position by position. */
const projections = new Set(['MatMul', 'FusedMatMul', 'MatMulNBits', 'MatMulBnb4']);

/**
 * Walks back from `logits` to the projection onto the vocabulary. Each node on the way may have one input that
 * depends on the model's inputs; all else must be constant, so that the nodes behind the cut can stand alone.
 */
export function findCut(model: OnnxModel, logits: string): Cut | NoCut {
  const producers = producersOf(model);
  const dynamic = dynamicValues(model);
  const functions = readFunctionNames(model);
  let value = logits;
  for (;;) {
    const node = producers.get(value) ?? null;
    if (node === null) return { node, reason: `value ${value} is produced by no node` };
    if (functions.has(`${node.domain}:${node.opType}`)) {
      const name = `${node.domain}:${node.opType}`;
      return { node, reason: `it is a call of the function ${name}, which may hold the head` };
    }
    if (node.captured.some((name) => dynamic.has(name))) {
      return { node, reason: 'it is a graph of its own, as a merged decoder has for each branch' };
    }
    const inputs = node.inputs.filter((name) => dynamic.has(name));
    const [input] = inputs;
    if (input === undefined) return { node, reason: 'it does not depend on the inputs' };
    if (inputs.length > 1) return { node, reason: `it mixes ${inputs.join(' and ')}` };
    if (projections.has(node.opType) && node.inputs[0] === input) {
      return { hidden: input, projection: node };
    }
    value = input;
  }
}

/** The node that makes each value; an empty name is no value, but an output left out. */
export function producersOf(model: OnnxModel): Map<string, OnnxNode> {
  const producers = new Map<string, OnnxNode>();
  for (const node of model.nodes) for (const output of node.outputs) producers.set(output, node);
  producers.delete('');
  return producers;
}

/** The values that depend on the model's inputs. ONNX lists nodes in topological order, so one pass is enough. */
export function dynamicValues(model: OnnxModel): Set<string> {
  const constants = new Set(model.initializers.map((initializer) => initializer.name));
  const dynamic = new Set<string>();
  for (const input of model.inputs) if (!constants.has(input.name)) dynamic.add(input.name);
  for (const node of model.nodes) {
    const depends = [...node.inputs, ...node.captured].some((name) => dynamic.has(name));
    if (depends) for (const output of node.outputs) dynamic.add(output);
  }
  dynamic.delete('');
  return dynamic;
}

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
