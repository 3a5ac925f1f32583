import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { makeExternalTensor, type TensorHeader } from '../onnx/make-external-tensor.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import { readTensorBytes } from '../onnx/read-tensor.ts';
import { sliceGraph } from '../onnx/slice-graph.ts';
import { type TensorLayout, tensorLayout } from '../onnx/tensor-layout.ts';
import { writeOnnxModel } from '../onnx/write-onnx-model.ts';
import type { NewTensor } from './new-tensor.ts';
import type { RewrittenGraph } from './rewrite-layers.ts';

/** What is written beside the rewritten layers. */
export interface GraphParts {
  readonly model: OnnxModel;
  /** Where the model lies that the graph was made from. */
  readonly directory: string;
  readonly graph: RewrittenGraph;
  /** Further inputs, ValueInfoProtos. */
  readonly inputs: readonly Uint8Array[];
  /** The values the graph gives, and their ValueInfoProtos. */
  readonly outputs: ReadonlyMap<string, Uint8Array>;
  /** Fields for the file's header. */
  readonly metadata: readonly Uint8Array[];
}

/**
 * Writes a graph as an ONNX file, and its tensors of a kilobyte or more into a file beside it, `path` followed by `_data`. One
 * tensor after the other is made and written: no more are in memory at once.
 */
export async function writeGraph(path: string, parts: GraphParts): Promise<void> {
  const { model, directory, graph } = parts;
  const { nodes, inputs } = sliceGraph({ ...model, nodes: graph.nodes }, [...parts.outputs.keys()]);
  const needed = new Set(nodes.flatMap((node) => [...node.inputs, ...node.captured]));
  await using data = await openDataFile(`${path}_data`);
  const initializers = [...graph.constants];
  for (const { bytes, name } of model.initializers) {
    if (!needed.has(name)) continue;
    const layout = tensorLayout(bytes);
    const add = async () =>
      data.add({ ...layout, bytes: await readTensorBytes(layout, directory) });
    initializers.push(isMoved(layout, bytes) ? await add() : bytes);
  }
  for (const { names, make } of graph.tensors) {
    if (!names.some((name) => needed.has(name))) continue;
    for (const tensor of await make(directory)) initializers.push(await data.add(tensor));
  }
  const header = {
    otherFields: [...model.otherFields, ...parts.metadata],
    opsets: new Map([...model.opsets, ['com.microsoft', 1]]),
  };
  const file = writeOnnxModel(header, {
    nodes: nodes.map(({ bytes }) => bytes),
    initializers,
    inputs: [...inputs.map(({ bytes }) => bytes), ...parts.inputs],
    outputs: [...parts.outputs.values()],
  });
  await writeFile(path, file);
}

/** Values that are a number each in the file (`int64_data` and such) are left there. */
function isMoved({ values }: TensorLayout, { length }: Uint8Array): boolean {
  return values.kind === 'external' || (values.kind === 'raw' && length >= leastExternalBytes);
}

const leastExternalBytes = 1024;

interface DataFile extends AsyncDisposable {
  /** Appends the values of a tensor; gives the TensorProto that names their place. */
  add(tensor: NewTensor): Promise<Uint8Array>;
}

async function openDataFile(path: string): Promise<DataFile> {
  const file = await open(path, 'w');
  const location = basename(path);
  let end = 0;
  return {
    async add({ bytes, ...header }) {
      const offset = Math.ceil(end / pageBytes) * pageBytes;
      await writeAll(file, bytes, offset);
      end = offset + bytes.length;
      return makeExternalTensor(headerOf(header), { location, offset, length: bytes.length });
    },
    async [Symbol.asyncDispose]() {
      await file.sync();
      await file.close();
    },
  };
}

/** ONNX Runtime maps tensors into memory where they begin at a page. */
const pageBytes = 4096;

function headerOf({ name, elementType, shape }: TensorHeader): TensorHeader {
  return { name, elementType, shape };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, offset + at);
    at += bytesWritten;
  }
}
