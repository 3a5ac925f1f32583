import { messageOf, ToeditError } from '../errors.ts';
import { type EnginePlace, splitOptionsOn } from '../inference/engine-options.ts';
import { type EnginePool, startEngines } from '../inference/engine-pool.ts';
import { precisionOf } from '../onnx/element-types.ts';
import { mixesRows, withWideFunctions } from '../onnx/exact-rows.ts';
import { type SplitModel, splitModel } from '../onnx/split-model.ts';
import { fingerprintModel } from './fingerprint-model.ts';
import { type PlacedGraphs, placeGraphs } from './place-graphs.ts';
import { type ModelConfig, modelInvalid, readModelFile } from './read-model-files.ts';
import { requireFitInputs } from './require-fit-inputs.ts';

/** What {@link openModel} needs beside the file. */
export interface OpenOptions extends Pick<ModelConfig, 'headSize' | 'vocabularySize'> {
  /** Of each engine; all of one kind of device. */
  readonly places: readonly EnginePlace[];
  readonly cacheDirectory: string;
  readonly logitsBytes: number;
}

/** An opened model. */
export interface OpenedModel {
  readonly engines: EnginePool;
  /** SHA-256 over the graph's file and its external data, in hexadecimal. */
  readonly fingerprint: string;
  /** Why the graph could not be split; null where it was. */
  readonly notSplit: string | null;
  /** As `precisionOf` says. */
  readonly precision: string;
}

/**
 * Splits an ONNX model and opens its parts in inference workers.
 *
 * @throws ToeditError MODEL_INVALID or DEVICE_UNAVAILABLE.
 */
export async function openModel(path: string, options: OpenOptions): Promise<OpenedModel> {
  const { graph, model, locations } = await readModelFile(path);
  // Elsewhere float16 is computed as such.
  const onCpu = options.places.every(({ device }) => device === 'cpu');
  const splitOptions = splitOptionsOn(options.places[0]?.device ?? 'cpu');
  const split = splitModel(onCpu ? withWideFunctions(model) : model, path, splitOptions);
  requireFitInputs(split.inputs, path);
  const notSplit = split.kind === 'split' ? null : split.reason;
  const { body, head, rows } = await place(path, { split, locations }, options);
  const { places, headSize, vocabularySize, logitsBytes } = options;
  const starting = startEngines(
    {
      ...{ body, head },
      earlyExit: rows === null ? null : { weightRows: rows, columns: columnsOf(split) },
      ...{ headSize, vocabularySize, logitsBytes },
      hidden: split.kind === 'split' ? split.hidden : null,
      pasts: split.kind === 'split' ? split.pasts : [],
      windowsApart: mixesRows(model),
      inputs: split.inputs.map(({ name, elementType, shape }) => ({ name, elementType, shape })),
    },
    { places, name: path },
  ).catch((error: unknown) => {
    if (notSplit === null || !(error instanceof ToeditError)) throw error;
    throw modelInvalid(path, `it cannot be split (${notSplit}): ${error.message}`, error);
  });
  // Meanwhile: sessions of large models take seconds to open, in a thread of their own.
  const hashing = fingerprintModel(path, { graph, locations }, options.cacheDirectory);
  const [engines, fingerprint] = await bothOf(starting, hashing);
  return { engines, fingerprint, notSplit, precision: precisionOf(model) };
}

/** No engine stays open where the other fails. */
async function bothOf<Other>(
  starting: Promise<EnginePool>,
  other: Promise<Other>,
): Promise<[EnginePool, Other]> {
  try {
    return await Promise.all([starting, other]);
  } catch (error) {
    await starting.then(
      (engines) => engines.close(),
      () => undefined,
    );
    throw error;
  }
}

function columnsOf(split: SplitModel): number | null {
  return split.kind === 'split' ? split.columns : null;
}

interface ModelParts {
  readonly split: SplitModel;
  readonly locations: readonly string[];
}

async function place(
  modelPath: string,
  { split, locations }: ModelParts,
  { cacheDirectory, places }: OpenOptions,
): Promise<PlacedGraphs> {
  const { head, rows } = split.kind === 'split' ? split : { head: null, rows: null };
  // The error bound of the early exit is that of float32: devices may multiply with fewer bits.
  const exact = places.every(({ device }) => device === 'cpu') ? rows : null;
  const graphs = { modelPath, body: split.body, head, rows: exact, locations };
  return placeGraphs(graphs, cacheDirectory).catch((cause: unknown) => {
    const reason = messageOf(cause);
    throw modelInvalid(modelPath, `its weights cannot be reached: ${reason}`, cause);
  });
}
