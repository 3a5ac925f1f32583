import { readFile } from 'node:fs/promises';
import { ToeditError } from '../errors.ts';
import type { Device } from '../inference/engine-options.ts';
import { isKnownInput } from '../inference/known-inputs.ts';
import { type Engine, startEngine } from '../inference/start-engine.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import { readOnnxModel } from '../onnx/read-onnx-model.ts';
import { type SplitModel, splitModel } from '../onnx/split-model.ts';
import { modelInvalid } from './model-invalid.ts';
import { type PlacedGraphs, placeGraphs } from './place-graphs.ts';
import type { ModelConfig } from './read-model-config.ts';

/** What {@link openModel} needs beside the file. */
export interface OpenOptions extends Pick<ModelConfig, 'headSize' | 'vocabularySize'> {
  readonly device: Device;
  readonly threads: number;
  readonly cacheDirectory: string;
  readonly logitsBytes: number;
}

/** An opened model. */
export interface OpenedModel {
  readonly engine: Engine;
  /** The graph's file, without external weights: part of the prior's fingerprint. */
  readonly graph: Uint8Array;
  /** Why the graph could not be split; null where it was. */
  readonly notSplit: string | null;
}

/**
 * Splits an ONNX model and opens its parts in an inference worker.
 *
 * @throws ToeditError MODEL_INVALID or DEVICE_UNAVAILABLE.
 */
export async function openModel(path: string, options: OpenOptions): Promise<OpenedModel> {
  const graph = await readGraph(path);
  const model = parse(graph, path);
  const split = splitModel(model, path);
  requireKnownInputs(split, path);
  const notSplit = split.kind === 'split' ? null : split.reason;
  const { device, threads, headSize, vocabularySize, logitsBytes } = options;
  const engine = await startEngine(
    {
      ...(await place(path, { model, split }, options.cacheDirectory)),
      ...{ device, threads, headSize, vocabularySize, logitsBytes },
      hidden: split.kind === 'split' ? split.hidden : null,
      inputs: split.inputs.map(({ name, elementType, shape }) => ({ name, elementType, shape })),
    },
    path,
  ).catch((error: unknown) => {
    if (notSplit === null || !(error instanceof ToeditError)) throw error;
    throw modelInvalid(path, `it cannot be split (${notSplit}): ${error.message}`, error);
  });
  return { engine, graph, notSplit };
}

function requireKnownInputs({ inputs }: SplitModel, path: string): void {
  const unknown = inputs.filter(({ name }) => !isKnownInput(name)).map(({ name }) => name);
  if (unknown.length === 0) return;
  throw modelInvalid(
    path,
    `it asks for inputs that toedit does not know: ${unknown.join(', ')}. Export it for text generation.`,
  );
}

function readGraph(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw modelInvalid(path, `it cannot be read: ${String(cause)}`, cause);
  });
}

function parse(graph: Uint8Array, path: string): OnnxModel {
  try {
    return readOnnxModel(graph);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw modelInvalid(path, `it is not an ONNX file (${reason})`, cause);
  }
}

interface ModelParts {
  readonly model: OnnxModel;
  readonly split: SplitModel;
}

async function place(
  modelPath: string,
  { model, split }: ModelParts,
  cacheDirectory: string,
): Promise<PlacedGraphs> {
  const locations = new Set<string>();
  for (const { externalLocation } of model.initializers) {
    if (externalLocation !== null) locations.add(externalLocation);
  }
  const head = split.kind === 'split' ? split.head : null;
  const graphs = { modelPath, body: split.body, head, locations: [...locations] };
  return placeGraphs(graphs, cacheDirectory).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw modelInvalid(modelPath, `its weights cannot be reached: ${reason}`, cause);
  });
}
