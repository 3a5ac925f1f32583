import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compareLogprobs, usualThresholds } from '../src/comparison/compare-logprobs.ts';
import type { PriorComparison } from '../src/comparison/prior-comparison.ts';
import { loadPrior } from '../src/model/load-prior.ts';
import type { SourceModel, Workplace } from '../src/quantisation/source-model.ts';
import type { Recipe } from '../src/quantisation/write-quantised.ts';
import {
  quantisedModelFile,
  writeQuantisedDirectory,
} from '../src/quantisation/write-quantised-directory.ts';
import { compareScores } from './compare-scores.ts';
import type { ScoredTokens } from './draw-quantisation-sample.ts';
import { scoreSample } from './score-sample.ts';

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
    await writeQuantisedDirectory(model, trial.source, recipe, {});
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
  const thresholds = [...new Set([...usualThresholds, threshold])].sort((a, b) => a - b);
  const scores = { a: sample.logprobs, b: logprobs };
  return compareScores(compareLogprobs(thresholds), sample.documents, scores);
}
