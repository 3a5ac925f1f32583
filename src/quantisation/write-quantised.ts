import { copyFile, type FileHandle, mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeDirectory } from '../files/commit-file.ts';
import { openProbe, type Probe } from '../inference/open-probe.ts';
import { withFloatBorder } from '../onnx/float-border.ts';
import { makeExternalTensor, makeValue, type TensorHeader } from '../onnx/make-onnx.ts';
import { makeMetadata } from '../onnx/onnx-fields.ts';
import { writeOnnxModel } from '../onnx/onnx-file.ts';
import { elementTypes, type OnnxModel } from '../onnx/onnx-model.ts';
import { inputsToFeed, sliceGraph } from '../onnx/slice-graph.ts';
import { readTensorBytes, type TensorLayout, tensorLayout } from '../onnx/tensors.ts';
import type { Layer } from './layer.ts';
import { type RewrittenGraph, rewriteLayers } from './rewrite-layers.ts';
import type { NewTensor, Smoothing } from './smooth.ts';
import type { SourceModel, Workplace } from './source-model.ts';

/** Where the graph of a quantised model lies in its directory. */
export const quantisedModelFile = 'onnx/model_int8.onnx';

/** Writes a model directory with a quantised graph, and what the source holds beside its weights. */
export async function writeQuantisedDirectory(
  directory: string,
  source: SourceModel,
  recipe: Recipe,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await copyModelFiles(source.root, directory);
  await mkdir(join(directory, 'onnx'));
  await writeQuantised(join(directory, quantisedModelFile), source, recipe, metadata);
}

/** How a model is quantised. */
export interface Recipe {
  readonly smoothing: Smoothing;
  /** The layers that stay in float32. */
  readonly float32: ReadonlySet<Layer>;
}

/**
 * Writes a model with its layers in int8, and its external data beside it. Inputs and outputs, the head and the embedding stay as
 * they are.
 *
 * @param metadata - kept in the file
 */
export async function writeQuantised(
  path: string,
  source: SourceModel,
  { smoothing, float32 }: Recipe,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const { model, layers, directory } = source;
  const styleOf = (layer: Layer) => (float32.has(layer) ? 'float32' : 'int8');
  await writeGraph(path, {
    ...{ model, directory, inputs: [], metadata: makeMetadata(metadata) },
    graph: rewriteLayers(model, { layers, smoothing, styleOf }),
    outputs: new Map(model.outputs.map(({ name, bytes }) => [name, bytes])),
  });
}

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

/** A graph made from a model, to look into it. */
export interface ProbeGraph extends RewrittenGraph {
  readonly name: string;
  /** Further inputs: float32 `[]`. */
  readonly scalars: readonly string[];
  /** float32. */
  readonly outputs: readonly string[];
}

/**
 * Writes such a graph and opens it.
 *
 * @throws ToeditError MODEL_INVALID where ONNX Runtime refuses it.
 */
export async function writeProbe(
  source: SourceModel,
  graph: ProbeGraph,
  { directory, threads }: Workplace,
): Promise<Probe> {
  const path = join(directory, `${graph.name}.onnx`);
  const { headSize } = source;
  const model = withFloatBorder({ ...source.model, nodes: graph.nodes });
  await writeGraph(path, {
    ...{ model, directory: source.directory, metadata: [] },
    graph: { ...graph, nodes: model.nodes },
    inputs: graph.scalars.map((name) => makeValue(name, elementTypes.float, [])),
    outputs: new Map(graph.outputs.map((name) => [name, makeValue(name, elementTypes.float)])),
  });
  const slice = sliceGraph(model, graph.outputs);
  const inputs = inputsToFeed(model, slice);
  return openProbe({ path, inputs, headSize, threads }, source.path);
}

/** Copies what a model directory holds beside its weights: configuration, tokenizer, licence. */
export async function copyModelFiles(from: string, to: string): Promise<void> {
  await makeDirectory(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const path = join(from, entry.name);
    if (kept.test(entry.name) && (await stat(path)).isFile()) {
      await copyFile(path, join(to, entry.name));
    }
  }
}

const kept = /\.(json|txt|jinja)$|^(tokenizer\.model|LICEN[CS]E.*|NOTICE.*)$/;
