import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { compareLogprobs, usualThresholds } from '../src/comparison/compare-logprobs.ts';
import type { PriorComparison } from '../src/comparison/prior-comparison.ts';
import { ToeditError } from '../src/errors.ts';
import { makeDirectory } from '../src/files/commit-file.ts';
import { loadPrior } from '../src/model/load-prior.ts';
import { badOption, requireNames, requireProbability } from '../src/options.ts';
import { calibrate } from '../src/quantisation/calibrate.ts';
import type { Layer } from '../src/quantisation/layer.ts';
import { measureSensitivities, mostSensitive } from '../src/quantisation/measure-sensitivities.ts';
import {
  int8Share,
  namesOf,
  provenance,
  type QuantisationReport,
} from '../src/quantisation/provenance.ts';
import { type ChannelMaxima, smooth } from '../src/quantisation/smooth.ts';
import {
  readSourceModel,
  type SourceModel,
  type Workplace,
} from '../src/quantisation/source-model.ts';
import {
  quantisedModelFile,
  type Recipe,
  writeQuantisedDirectory,
} from '../src/quantisation/write-quantised.ts';
import { compareScores } from './compare-priors.ts';
import {
  drawQuantisationSample,
  type QuantisationSample,
  type QuantiseOptions,
  quantiseDefaults,
  quantiseOptionNames,
  type ScoredTokens,
} from './sample/draw-quantisation-sample.ts';
import { scoreSample } from './sample/score-sample.ts';
import { noticeSlowInt8 } from './stages/open-prior-of.ts';

/**
 * Quantises a float32 prior to int8: calibrates it on a sample, chooses how activations are smoothed and which layers stay in float32,
 * writes a model directory, and compares both priors on documents of the sample that had no part in it.
 *
 * @throws ToeditError BAD_OPTION; MODEL_INVALID naming the node that stands in the way; OUTPUT_EXISTS; what reading the sample
 * throws; the signal's reason.
 */
export async function quantiseModel(options: QuantiseOptions): Promise<QuantisationReport> {
  const started = performance.now();
  const {
    threads = 0,
    threshold = quantiseDefaults.threshold,
    onStep = () => undefined,
    signal,
  } = options;
  requireNames('quantiseModel', options, quantiseOptionNames);
  requireFractions(options);
  const output = resolve(options.output);
  await refuseExisting(output, options);
  const source = await readSourceModel(options.model, {
    ...options,
    hub: { signal, onNotice: onStep, ...options.hub },
  });
  await noticeSlowInt8({ device: 'cpu', precision: 'int8' }, options.onStep);
  await makeDirectory(dirname(output));
  const directory = await mkdtemp(join(dirname(output), '.toedit-quantise-'));
  try {
    onStep('scoring the sample in float32');
    const sample = await drawQuantisationSample(source, options);
    onStep(`calibrating ${source.layers.length} layers`);
    const maxima = await calibrate(source, sample.windows, { directory, threads, signal });
    const trial = { source, directory, threads, threshold, signal };
    const { recipe, alpha } = await chooseRecipe({ ...trial, sample, maxima, options });
    onStep('writing the model, and comparing it on held-out documents');
    const made = join(directory, 'made');
    const { sourceFingerprint, fingerprint: sampleFingerprint } = sample;
    const origin = { sourceFingerprint, sampleFingerprint, alpha };
    const metadata = provenance(source, recipe, origin);
    await writeQuantisedDirectory(made, source, recipe, metadata);
    const comparison = await compareWithSource(made, { ...trial, sample: sample.heldOut });
    await rm(output, { recursive: true, force: true });
    await rename(made, output);
    return {
      ...{ source: source.path, output, modelFile: quantisedModelFile, alpha },
      layers: source.layers.length,
      float32Layers: namesOf(recipe.float32),
      int8Share: int8Share(source.layers, recipe.float32),
      seconds: (performance.now() - started) / 1000,
      comparison,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function refuseExisting(
  output: string,
  { model, overwrite = false }: QuantiseOptions,
): Promise<void> {
  if (output === resolve(model)) {
    throw badOption('output', `${output}, the model itself`, 'name another one');
  }
  const found = await stat(output).catch(() => null);
  if (found === null || overwrite) return;
  throw new ToeditError(
    'OUTPUT_EXISTS',
    `${output} exists already: name another directory, or give --overwrite to replace it`,
    { place: { file: output } },
  );
}

function requireFractions({
  keepDecisions = quantiseDefaults.keepDecisions,
  threshold = quantiseDefaults.threshold,
}: QuantiseOptions): void {
  if (!(keepDecisions > 0 && keepDecisions < 1)) {
    throw badOption('keepDecisions', keepDecisions, 'choose a fraction above 0, such as 0.001');
  }
  requireProbability('threshold', threshold);
}

/** A recipe, and the alpha of its smoothing. */
export interface ChosenRecipe {
  readonly recipe: Recipe;
  readonly alpha: number;
}

/** What a recipe is chosen from. */
export interface RecipeChoice extends Omit<Trial, 'sample'> {
  readonly maxima: ReadonlyMap<Layer, ChannelMaxima>;
  readonly sample: QuantisationSample;
  readonly options: QuantiseOptions;
}

/**
 * Chooses the smoothing that leaves the smallest mean difference of logprobs with all layers in int8; then, unless the fastest model is
 * wanted, as few float32 layers as keep the decisions asked for.
 */
async function chooseRecipe(choice: RecipeChoice): Promise<ChosenRecipe> {
  const { source, maxima, sample, options } = choice;
  const {
    fast = false,
    keepDecisions = quantiseDefaults.keepDecisions,
    onStep = () => undefined,
  } = options;
  const alpha = await chooseAlpha(choice);
  const smoothing = smooth(maxima, alpha);
  if (fast) return { alpha, recipe: { smoothing, float32: new Set() } };
  onStep(`alpha ${alpha}; measuring what each of ${source.layers.length} layers costs in int8`);
  const sensitivities = await measureSensitivities(source, smoothing, sample.probe, choice);
  // Of the squared error that all layers make in int8: what may be left of it.
  let share = 1;
  for (;;) {
    const float32 = mostSensitive(sensitivities, share);
    const recipe = { smoothing, float32 };
    if (float32.size === source.layers.length) return { alpha, recipe };
    const result = await tryRecipe(recipe, { ...choice, sample: sample.tuning });
    const flipped = flippedAt(result, choice.threshold);
    onStep(describe(float32.size, flipped, result));
    if (withStandardError(flipped, result) <= keepDecisions) return { alpha, recipe };
    // Decisions flip in proportion to the error, the root of its square.
    share *= Math.min(0.5, (keepDecisions / flipped) ** 2);
  }
}

/** Few decisions flip, and a recipe may be lucky on its sample: one standard error of a count is its root. */
function withStandardError(fraction: number, { tokens }: PriorComparison): number {
  return fraction + Math.sqrt(fraction / tokens);
}

function describe(
  float32: number,
  flipped: number,
  { tokens, meanDelta }: PriorComparison,
): string {
  const share = `${(100 * flipped).toFixed(3)} % of ${tokens} decisions change`;
  return `${float32} layers in float32: ${share}, mean |Δ logprob| ${meanDelta.toFixed(4)}`;
}

/** The best of 0.4, 0.5, 0.6 and 0.7: from the two in the middle on, to the side of the better one. */
async function chooseAlpha({ maxima, ...choice }: RecipeChoice): Promise<number> {
  const { onStep = () => undefined } = choice.options;
  const sample = beginningOf(choice.sample.tuning);
  const judge = async (alpha: number): Promise<number> => {
    const recipe = { smoothing: smooth(maxima, alpha), float32: new Set<Layer>() };
    const { meanDelta } = await tryRecipe(recipe, { ...choice, sample });
    onStep(`alpha ${alpha}: mean |Δ logprob| ${meanDelta.toFixed(4)}`);
    return meanDelta;
  };
  const [low, high] = [await judge(0.5), await judge(0.6)];
  const [inner, outer, best] = low < high ? [0.5, 0.4, low] : [0.6, 0.7, high];
  return (await judge(outer)) < best ? outer : inner;
}

/** Tokens that an alpha is judged by. */
const alphaTokens = 1024;

function beginningOf({ documents, logprobs }: ScoredTokens): ScoredTokens {
  let tokens = 0;
  const after = documents.findIndex(({ tokenIds }) => (tokens += tokenIds.length) >= alphaTokens);
  const end = after === -1 ? documents.length : after + 1;
  return { documents: documents.slice(0, end), logprobs: logprobs.slice(0, end) };
}

function flippedAt({ thresholds }: PriorComparison, wanted: number): number {
  return thresholds.find(({ threshold }) => threshold === wanted)?.flippedFraction ?? 1;
}

/** What a trial needs beside the recipe. */
export interface Trial extends Workplace {
  readonly source: SourceModel;
  readonly sample: ScoredTokens;
  /** A probability whose decisions are counted, beside the usual ones. */
  readonly threshold: number;
}

/**
 * Makes a model by a recipe, and compares it with its source.
 *
 * @throws ToeditError as `loadPrior` and `scoreSample`.
 */
async function tryRecipe(recipe: Recipe, trial: Trial): Promise<PriorComparison> {
  const model = await mkdtemp(join(trial.directory, 'trial-'));
  try {
    await writeQuantisedDirectory(model, trial.source, recipe, {});
    return await compareWithSource(model, trial);
  } finally {
    await rm(model, { recursive: true, force: true });
  }
}

/** Compares the quantised model in a directory with its source: A is the source. */
async function compareWithSource(
  model: string,
  { sample, threshold, threads, directory, signal }: Omit<Trial, 'source'>,
): Promise<PriorComparison> {
  const cacheDirectory = join(directory, 'cache');
  await using prior = await loadPrior(model, {
    ...{ modelFile: quantisedModelFile, threads, cacheDirectory },
  });
  const logprobs = await scoreSample(prior, sample.documents, { signal });
  const thresholds = [...new Set([...usualThresholds, threshold])].sort((a, b) => a - b);
  const scores = { a: sample.logprobs, b: logprobs };
  return compareScores(compareLogprobs(thresholds), sample.documents, scores);
}
