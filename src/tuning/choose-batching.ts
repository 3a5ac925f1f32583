import { type Batching, defaultBatching } from '../inference/batching.ts';
import { type MeasuredPasses, rateOf } from './measure-passes.ts';

/**
 * The micro-batches that suit a device: the smallest of those within 2 % of the best tokens a second, which pads less and needs less
 * memory. Where time was up before larger ones could be tried, no less than the default. `runTokens` is what the smallest pass took beyond its
 * own tokens' share at the best rate.
 */
export function chooseBatching({ passes, end }: MeasuredPasses): Batching {
  const best = Math.max(...passes.map(rateOf));
  const chosen = passes.find((pass) => rateOf(pass) >= 0.98 * best)?.tokens ?? 0;
  const least = end === 'time' ? defaultBatching.maxBatchTokens : 1;
  const [smallest] = passes;
  const fixed = smallest === undefined ? 0 : smallest.milliseconds * best - smallest.tokens;
  return { maxBatchTokens: Math.max(chosen, least), runTokens: Math.round(fixed) };
}
