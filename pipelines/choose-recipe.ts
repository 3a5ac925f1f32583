import type { PriorComparison } from '../src/comparison/prior-comparison.ts';
import type { Layer } from '../src/quantisation/layer.ts';
import { measureSensitivities } from '../src/quantisation/measure-sensitivities.ts';
import { mostSensitive } from '../src/quantisation/most-sensitive.ts';
import { smooth } from '../src/quantisation/smooth.ts';
import type { ChannelMaxima } from '../src/quantisation/smoothing-scales.ts';
import type { Recipe } from '../src/quantisation/write-quantised.ts';
import type { QuantisationSample, ScoredTokens } from './draw-quantisation-sample.ts';
import type { QuantiseOptions } from './quantise-options.ts';
import { type Trial, tryRecipe } from './try-recipe.ts';

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

const alphas = [0.4, 0.5, 0.6, 0.7];
/** Of the squared error that all layers make in int8: what may be left of it, tried from the fastest model to the slowest. */
const shares = [1, 0.7, 0.5, 0.35, 0.25, 0.15, 0.08, 0.03, 0];

/**
 * Chooses the smoothing that leaves the smallest mean difference of logprobs with all layers in int8; then, unless the fastest model is
 * wanted, as few float32 layers as keep the decisions asked for.
 */
export async function chooseRecipe(choice: RecipeChoice): Promise<ChosenRecipe> {
  const { source, maxima, sample, options } = choice;
  const { fast = false, keepDecisions = 0.001, onStep = () => undefined } = options;
  const alpha = await chooseAlpha(choice);
  const smoothing = smooth(maxima, alpha);
  if (fast) return { alpha, recipe: { smoothing, float32: new Set() } };
  onStep(`alpha ${alpha}; measuring what each of ${source.layers.length} layers costs in int8`);
  const sensitivities = await measureSensitivities(source, smoothing, sample.probe, choice);
  for (const share of shares) {
    const float32 = mostSensitive(sensitivities, share);
    const recipe = { smoothing, float32 };
    if (float32.size === source.layers.length) return { alpha, recipe };
    const result = await tryRecipe(recipe, { ...choice, sample: sample.tuning });
    const flipped = flippedAt(result, choice.threshold);
    onStep(
      `${float32.size} layers in float32: ${(100 * flipped).toFixed(3)} % of ${result.tokens} decisions change, mean |Δ logprob| ` +
        result.meanDelta.toFixed(4),
    );
    if (flipped <= keepDecisions) return { alpha, recipe };
  }
  throw new Error('unreachable: the last share keeps all layers in float32');
}

async function chooseAlpha({ maxima, ...choice }: RecipeChoice): Promise<number> {
  const { onStep = () => undefined } = choice.options;
  const sample = beginningOf(choice.sample.tuning);
  let best = { alpha: 0.5, meanDelta: Number.POSITIVE_INFINITY };
  for (const alpha of alphas) {
    const recipe = { smoothing: smooth(maxima, alpha), float32: new Set<Layer>() };
    const { meanDelta } = await tryRecipe(recipe, { ...choice, sample });
    onStep(`alpha ${alpha}: mean |Δ logprob| ${meanDelta.toFixed(4)}`);
    if (meanDelta < best.meanDelta) best = { alpha, meanDelta };
  }
  return best.alpha;
}

/** Tokens that an alpha is judged by. */
const alphaTokens = 2048;

function beginningOf({ documents, logprobs }: ScoredTokens): ScoredTokens {
  let tokens = 0;
  const after = documents.findIndex(({ tokenIds }) => (tokens += tokenIds.length) >= alphaTokens);
  const end = after === -1 ? documents.length : after + 1;
  return { documents: documents.slice(0, end), logprobs: logprobs.slice(0, end) };
}

function flippedAt({ thresholds }: PriorComparison, wanted: number): number {
  return thresholds.find(({ threshold }) => threshold === wanted)?.flippedFraction ?? 1;
}
