import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compareLogprobs } from '../src/comparison/compare-logprobs.ts';
import type { PriorComparison } from '../src/comparison/prior-comparison.ts';
import { copyModelFiles } from '../src/model/copy-model-files.ts';
import { loadPrior } from '../src/model/load-prior.ts';
import type { SourceModel, Workplace } from '../src/quantisation/source-model.ts';
import { type Recipe, writeQuantised } from '../src/quantisation/write-quantised.ts';
import type { ScoredTokens } from './draw-quantisation-sample.ts';
import { scoreSample } from './score-sample.ts';

/** Where the graph of a quantised model lies in its directory. */
export const quantisedModelFile = 'onnx/model_int8.onnx';

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
export async function tryRecipe(recipe: Recipe, trial: Trial): Promise<PriorComparison> {
  const model = await mkdtemp(join(trial.directory, 'trial-'));
  try {
    await mkdir(join(model, 'onnx'));
    await copyModelFiles(trial.source.root, model);
    await writeQuantised(join(model, quantisedModelFile), trial.source, recipe, {});
    return await compareWithSource(model, trial);
  } finally {
    await rm(model, { recursive: true, force: true });
  }
}

/** Compares the quantised model in a directory with its source: A is the source. */
export async function compareWithSource(
  model: string,
  { sample, threshold, threads, directory, signal }: Omit<Trial, 'source'>,
): Promise<PriorComparison> {
  const cacheDirectory = join(directory, 'cache');
  await using prior = await loadPrior(model, {
    ...{ modelFile: quantisedModelFile, threads, cacheDirectory },
  });
  const logprobs = await scoreSample(prior, sample.documents, { signal });
  const thresholds = [...new Set([0.9, 0.95, 0.99, 0.999, threshold])].sort((a, b) => a - b);
  const comparison = compareLogprobs(thresholds);
  sample.documents.forEach((place, i) => {
    const [a, b] = [sample.logprobs[i], logprobs[i]];
    if (a !== undefined && b !== undefined) comparison.add(a, b, place);
  });
  return comparison.result();
}
