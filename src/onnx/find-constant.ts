import { producersOf } from './find-cut.ts';
import { nodeAttributes } from './node-attributes.ts';
import { elementTypes, type OnnxModel, type OnnxNode } from './onnx-model.ts';
import { readTensor } from './read-tensor.ts';
import { type TensorLayout, tensorLayout } from './tensor-layout.ts';

/** A float tensor that a graph holds, perhaps behind casts and transpositions. */
export interface Constant {
  readonly shape: readonly number[];
  /** TensorProto.DataType, as the graph's operations see it: float32 or float16. */
  readonly elementType: number;
  /** The values as the graph's operations see them, row by row. */
  readonly read: (directory: string) => Promise<Float32Array>;
}

/** Finds the constants of a graph by the names of values; null where a value is something else. */
export function constantFinder(model: OnnxModel): (value: string) => Constant | null {
  const initializers = new Map(model.initializers.map((tensor) => [tensor.name, tensor.bytes]));
  const producers = producersOf(model);
  return function find(value): Constant | null {
    const tensor = initializers.get(value);
    if (tensor !== undefined) return stored(tensorLayout(tensor));
    const node = producers.get(value);
    return node?.domain === '' ? made(node, find) : null;
  };
}

function made(node: OnnxNode, find: (value: string) => Constant | null): Constant | null {
  const { opType, castTo, inputs } = node;
  if (opType === 'Constant') return constantOf(node);
  const from = find(inputs[0] ?? '');
  if (opType === 'Identity') return from;
  if (castTo === elementTypes.float) return from && { ...from, elementType: castTo };
  return opType === 'Transpose' && from?.shape.length === 2 ? transposed(from) : null;
}

function stored(layout: TensorLayout): Constant | null {
  const { shape, elementType } = layout;
  if (elementType !== elementTypes.float && elementType !== elementTypes.float16) return null;
  return { shape, elementType, read: (directory) => readTensor(layout, directory) };
}

function constantOf(node: OnnxNode): Constant | null {
  const { value } = nodeAttributes(node);
  return value instanceof Uint8Array ? stored(tensorLayout(value)) : null;
}

function transposed({ shape, elementType, read }: Constant): Constant {
  const [rows = 0, columns = 0] = shape;
  return {
    shape: [columns, rows],
    elementType,
    read: async (directory) => transpose(await read(directory), rows, columns),
  };
}

/** Turns a matrix of `rows` rows, kept row by row. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column] ?? 0;
    }
  }
  return turned;
}
