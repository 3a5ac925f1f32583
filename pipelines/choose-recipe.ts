import type { PriorComparison } from '../src/comparison/prior-comparison.ts';
import type { Layer } from '../src/quantisation/layer.ts';
import { measureSensitivities } from '../src/quantisation/measure-sensitivities.ts';
import { mostSensitive } from '../src/quantisation/most-sensitive.ts';
import { smooth } from '../src/quantisation/smooth.ts';
import type { ChannelMaxima } from '../src/quantisation/smoothing-scales.ts';
import type { Recipe } from '../src/quantisation/write-quantised.ts';
import type { QuantisationSample, ScoredTokens } from './draw-quantisation-sample.ts';
import { type QuantiseOptions, quantiseDefaults } from './quantise-options.ts';
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

/**
 * Chooses the smoothing that leaves the smallest mean difference of logprobs with all layers in int8; then, unless the fastest model is
 * wanted, as few float32 layers as keep the decisions asked for.
 */
export async function chooseRecipe(choice: RecipeChoice): Promise<ChosenRecipe> {
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
