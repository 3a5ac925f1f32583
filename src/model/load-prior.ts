import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Device, type EngineRequest, resolveEngines } from '../inference/engine-options.ts';
import type { PoolUse } from '../inference/engine-pool.ts';
import type { MicroBatch, MicroBatchScores } from '../inference/micro-batch.ts';
import { type OptionNames, requireNames } from '../options.ts';
import type { HubOrigin } from '../run/manifest/manifest.ts';
import { findModelFile } from './find-model-file.ts';
import { type PriorFingerprints, priorFingerprints } from './fingerprint-model.ts';
import { loadTokenizer, type PriorTokenizer } from './load-tokenizer.ts';
import { locateModel, type ModelRequest, priorNameOf } from './locate-model.ts';
import { type OpenOptions, openModel } from './open-model.ts';
import { readModelConfig } from './read-model-files.ts';

/** Settings of {@link loadPrior}. */
export interface PriorOptions extends EngineRequest, ModelRequest {
  /** Where split graphs of models with external data are kept. @defaultValue `~/.cache/toedit` */
  readonly cacheDirectory?: string | undefined;
  /** Bound on the logits alive at once, in bytes. @defaultValue 64 MiB */
  readonly logitsBytes?: number | undefined;
}

const priorOptionNames: OptionNames<PriorOptions> = {
  device: true,
  devices: true,
  threads: true,
  modelFile: true,
  dtype: true,
  hub: true,
  cacheDirectory: true,
  logitsBytes: true,
};

/** The directory of the prior that comes with the package. */
export const embeddedModel = fileURLToPath(new URL('../../../models/tiny', import.meta.url));

/** A frozen causal language model, opened: it reads tokens and says how probable each was. */
export interface Prior extends PriorTokenizer, PriorFingerprints, AsyncDisposable {
  /** The name of its directory; `OWNER/NAME@COMMIT` of a model of the hub. */
  readonly name: string;
  /** Which commit it is, where it lies in the hub's cache; null elsewhere. */
  readonly hub: HubOrigin | null;
  readonly directory: string;
  readonly modelFile: string;
  /** What it computes in: `float32`, `float16`, `int8`, or a word that names a quantised operation. */
  readonly precision: string;
  readonly device: Device;
  /** Threads of each engine; 0 where ONNX Runtime chose: the physical cores. */
  readonly threads: number;
  /** Engines that score at once. */
  readonly engines: number;
  readonly vocabularySize: number;
  /** The longest window, in tokens. */
  readonly maxTokens: number;
  /** Why the graph could not be split, so that the scoring head stands behind its logits; null where it was. */
  readonly notSplit: string | null;
  /** Whether windows are read one by one, whatever the micro-batch: a text's scores would else depend on the texts beside it. */
  readonly windowsApart: boolean;
  /** Queues one micro-batch for whichever engine is free first. */
  score(batch: MicroBatch): Promise<MicroBatchScores>;
  /** What its engines have done so far. */
  use(): PoolUse;
  /** Ends the threads of inference and tokenizer. */
  close(): Promise<void>;
}

/**
 * Opens a model directory in Hugging Face layout: `config.json`, `tokenizer.json`, and an ONNX export of the causal
 * language model, with or without external data; or a model of the Hugging Face hub, which is downloaded where it is not in the cache.
 *
 * @param path - a directory, or `OWNER/NAME` or `OWNER/NAME@REVISION` on the hub. @defaultValue the tiny prior that comes with the
 * package
 * @throws ToeditError MODEL_INVALID, TOKENIZER_INVALID or DEVICE_UNAVAILABLE; BAD_OPTION where the devices cannot be used together, or
 * both a file and a dtype are named; HUB_NOT_FOUND, HUB_DENIED, HUB_UNREACHABLE, DOWNLOAD_CORRUPT or WRITE_FAILED where it is not had from
 * the hub.
 */
export async function loadPrior(path = embeddedModel, options: PriorOptions = {}): Promise<Prior> {
  requireNames('loadPrior', options, priorOptionNames);
  const places = resolveEngines(options);
  const place = await locateModel(path, options);
  const { directory, hub, ...request } = place;
  const config = await readModelConfig(directory);
  const tokenizer = await loadTokenizer(directory, config.bosTokenId);
  try {
    const modelFile = await findModelFile(directory, request);
    const settings = { ...config, places, ...roomOf(options) };
    const opened = await openModel(join(directory, modelFile), settings);
    const { engines, fingerprint, notSplit, precision } = opened;
    const fingerprints = await priorFingerprints(directory, fingerprint).catch(
      async (error: unknown) => {
        await engines.close();
        throw error;
      },
    );
    const close = async (): Promise<void> => {
      await Promise.all([engines.close(), tokenizer.close()]);
    };
    return {
      ...tokenizer,
      name: priorNameOf(place),
      hub,
      directory,
      modelFile,
      precision,
      device: places[0].device,
      threads: places[0].threads,
      engines: engines.size,
      vocabularySize: config.vocabularySize,
      maxTokens: config.maxTokens,
      ...fingerprints,
      notSplit,
      windowsApart: engines.windowsApart,
      score: (batch) => engines.score(batch),
      use: () => engines.use(),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await tokenizer.close();
    throw error;
  }
}

function roomOf(options: PriorOptions): Pick<OpenOptions, 'cacheDirectory' | 'logitsBytes'> {
  return {
    cacheDirectory: options.cacheDirectory ?? cacheDirectory(),
    logitsBytes: options.logitsBytes ?? 64 * 2 ** 20,
  };
}

/** Where toedit keeps what it can make again: split graphs, and what was measured. */
export function cacheDirectory(): string {
  return join(homedir(), '.cache', 'toedit');
}
