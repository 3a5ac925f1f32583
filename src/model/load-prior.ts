import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { ToeditError } from '../errors.ts';
import type { Device } from '../inference/engine-options.ts';
import type { MicroBatch, MicroBatchScores } from '../inference/micro-batch.ts';
import { startEngine } from '../inference/start-engine.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import { readOnnxModel } from '../onnx/read-onnx-model.ts';
import { splitModel } from '../onnx/split-model.ts';
import { findModelFile } from './find-model-file.ts';
import { loadTokenizer, type PriorTokenizer } from './load-tokenizer.ts';
import { modelInvalid } from './model-invalid.ts';
import { placeGraphs } from './place-graphs.ts';
import { readModelConfig } from './read-model-config.ts';

/** Settings of {@link loadPrior}. */
export interface PriorOptions {
  /** The graph, relative to the model directory. Default: `onnx/model.onnx`, else `model.onnx`. */
  readonly modelFile?: string | undefined;
  /** Default `cpu`. */
  readonly device?: Device | undefined;
  /** Threads inside one operation. Default: ONNX Runtime's choice, the physical cores. */
  readonly threads?: number | undefined;
  /** Where split graphs of models with external data are kept. Default `~/.cache/toedit`. */
  readonly cacheDirectory?: string | undefined;
  /** Bound on the logits alive at once, in bytes. Default 64 MiB. */
  readonly logitsBytes?: number | undefined;
}

/** A frozen causal language model, opened: it reads tokens and says how probable each was. */
export interface Prior extends PriorTokenizer, AsyncDisposable {
  /** The name of its directory. */
  readonly name: string;
  readonly directory: string;
  readonly modelFile: string;
  readonly device: Device;
  readonly threads: number;
  readonly vocabularySize: number;
  /** The longest window, in tokens. */
  readonly maxTokens: number;
  /** SHA-256 of graph, configuration and tokenizer, in hexadecimal. */
  readonly fingerprint: string;
  /** Why the graph could not be split, so that the scoring head stands behind its logits; null where it was. */
  readonly notSplit: string | null;
  /** Queues one micro-batch for the inference worker; answers come in the order of the calls. */
  score(batch: MicroBatch): Promise<MicroBatchScores>;
  /** Ends the inference worker. */
  close(): Promise<void>;
}

/**
 * Opens a model directory in Hugging Face layout: `config.json`, `tokenizer.json`, and an ONNX export of the causal
 * language model, with or without external data.
 *
 * @throws ToeditError MODEL_INVALID, TOKENIZER_INVALID or DEVICE_UNAVAILABLE.
 */
export async function loadPrior(path: string, options: PriorOptions = {}): Promise<Prior> {
  const directory = resolve(path);
  const config = await readModelConfig(directory);
  const tokenizer = await loadTokenizer(directory, config.bosTokenId);
  const modelFile = await findModelFile(directory, options.modelFile);
  const modelPath = join(directory, modelFile);
  const model = await openModel(modelPath);
  const split = splitModel(model, modelPath);
  const head = split.kind === 'split' ? split.head : null;
  const locations = externalLocations(model);
  const graphs = { modelPath, body: split.body, head, locations };
  const placed = await placeGraphs(graphs, options.cacheDirectory ?? defaultCache()).catch(
    (cause: unknown) => {
      throw modelInvalid(
        modelPath,
        `its split graphs cannot be placed beside their weights`,
        cause,
      );
    },
  );
  const device = options.device ?? 'cpu';
  const threads = options.threads ?? 0;
  const inputs = split.inputs.map(({ name, elementType, shape }) => ({ name, elementType, shape }));
  const hidden = split.kind === 'split' ? split.hidden : null;
  const { headSize, vocabularySize, maxTokens } = config;
  const logitsBytes = options.logitsBytes ?? defaultLogitsBytes;
  const engine = await startEngine(
    { ...placed, device, threads, hidden, inputs, headSize, vocabularySize, logitsBytes },
    modelPath,
  ).catch((error: unknown) => {
    if (split.kind === 'split' || !(error instanceof ToeditError)) throw error;
    throw modelInvalid(
      modelPath,
      `the graph cannot be split (${split.reason}): ${error.message}`,
      error,
    );
  });
  return {
    ...tokenizer,
    name: basename(directory),
    directory,
    modelFile,
    device,
    threads,
    vocabularySize,
    maxTokens,
    fingerprint: await fingerprint(directory, split.body),
    notSplit: split.kind === 'split' ? null : split.reason,
    score: (batch) => engine.score(batch),
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

const defaultLogitsBytes = 64 * 2 ** 20;

function defaultCache(): string {
  return join(homedir(), '.cache', 'toedit');
}

async function openModel(path: string): Promise<OnnxModel> {
  try {
    return readOnnxModel(await readFile(path));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw modelInvalid(path, `it is not an ONNX file (${reason})`, cause);
  }
}

function externalLocations(model: OnnxModel): string[] {
  const locations = new Set<string>();
  for (const { externalLocation } of model.initializers) {
    if (externalLocation !== null) locations.add(externalLocation);
  }
  return [...locations];
}

async function fingerprint(directory: string, graph: Uint8Array): Promise<string> {
  const hash = createHash('sha256').update(graph);
  for (const file of ['config.json', 'tokenizer.json']) {
    hash.update(await readFile(join(directory, file)));
  }
  return hash.digest('hex');
}
