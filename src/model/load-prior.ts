import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Device } from '../inference/engine-options.ts';
import type { MicroBatch, MicroBatchScores } from '../inference/micro-batch.ts';
import { findModelFile } from './find-model-file.ts';
import { loadTokenizer, type PriorTokenizer } from './load-tokenizer.ts';
import { type OpenOptions, openModel } from './open-model.ts';
import { type PriorFingerprints, priorFingerprints } from './prior-fingerprints.ts';
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
export interface Prior extends PriorTokenizer, PriorFingerprints, AsyncDisposable {
  /** The name of its directory. */
  readonly name: string;
  readonly directory: string;
  readonly modelFile: string;
  readonly device: Device;
  readonly threads: number;
  readonly vocabularySize: number;
  /** The longest window, in tokens. */
  readonly maxTokens: number;
  /** Why the graph could not be split, so that the scoring head stands behind its logits; null where it was. */
  readonly notSplit: string | null;
  /** Queues one micro-batch for the inference worker; answers come in the order of the calls. */
  score(batch: MicroBatch): Promise<MicroBatchScores>;
  /** Ends the threads of inference and tokenizer. */
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
  const { device = 'cpu', threads = 0 } = options;
  try {
    const modelFile = await findModelFile(directory, options.modelFile);
    const settings = { ...config, device, threads, ...placesOf(options) };
    const opened = await openModel(join(directory, modelFile), settings);
    const { engine, fingerprint, notSplit } = opened;
    const close = async (): Promise<void> => {
      await Promise.all([engine.close(), tokenizer.close()]);
    };
    return {
      ...tokenizer,
      name: basename(directory),
      directory,
      modelFile,
      device,
      threads,
      vocabularySize: config.vocabularySize,
      maxTokens: config.maxTokens,
      ...(await priorFingerprints(directory, fingerprint)),
      notSplit,
      score: (batch) => engine.score(batch),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await tokenizer.close();
    throw error;
  }
}

function placesOf(options: PriorOptions): Pick<OpenOptions, 'cacheDirectory' | 'logitsBytes'> {
  return {
    cacheDirectory: options.cacheDirectory ?? join(homedir(), '.cache', 'toedit'),
    logitsBytes: options.logitsBytes ?? 64 * 2 ** 20,
  };
}
