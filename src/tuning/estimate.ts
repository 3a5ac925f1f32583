import { badOption } from '../options.ts';
import { type MeasuredPasses, rateOf } from './tune-batching.ts';

/** How long a corpus takes, by what was measured. */
export interface Estimate {
  /** What all engines read together, at the best of the sizes measured. */
  readonly tokensPerSecond: number;
  /** Tokens of the corpus; null where it was not said. */
  readonly tokens: number | null;
  readonly hours: number | null;
  /** In the currency that the price of an hour was given in; null where it was not said. */
  readonly price: number | null;
}

/** What is to be estimated. */
export interface EstimateRequest {
  /** Tokens of the corpus. */
  readonly tokens?: number | undefined;
  /** What an hour of the machine costs. */
  readonly pricePerHour?: number | undefined;
}

/**
 * Estimates the time of a corpus. Texts are taken to be short: long documents are read in windows that overlap.
 *
 * @param engines - each is taken to be as fast as one alone
 */
export function estimateOf(
  { passes }: MeasuredPasses,
  engines: number,
  { tokens, pricePerHour }: EstimateRequest = {},
): Estimate {
  const tokensPerSecond = 1000 * engines * Math.max(...passes.map(rateOf));
  const hours = tokens === undefined ? null : tokens / tokensPerSecond / 3600;
  const price = hours === null || pricePerHour === undefined ? null : hours * pricePerHour;
  return { tokensPerSecond, tokens: tokens ?? null, hours, price };
}

/**
 * Makes sure that an estimate can be made.
 *
 * @throws ToeditError BAD_OPTION naming the option, the value and the remedy.
 */
export function requireEstimate({ tokens, pricePerHour }: EstimateRequest): void {
  if (tokens !== undefined && !(tokens >= 1 && Number.isFinite(tokens))) {
    throw badOption('tokens', tokens, 'give how many tokens a corpus has, such as 1e9.');
  }
  if (pricePerHour === undefined) return;
  if (!(pricePerHour >= 0 && Number.isFinite(pricePerHour))) {
    throw badOption('pricePerHour', pricePerHour, 'give what an hour costs, such as 2.5.');
  }
  if (tokens === undefined) {
    throw badOption('pricePerHour', pricePerHour, 'give --tokens, too: how many there are.');
  }
}
