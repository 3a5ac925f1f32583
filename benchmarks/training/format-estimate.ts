import type { Estimate } from './intervals.ts';

/** A perplexity with its interval, which is that of the loss: `437 (421 to 454)`. */
export function perplexity(loss: Estimate | null): string {
  return withInterval(loss, (nats) => Math.exp(nats).toFixed(0));
}

/** A value with the ends of its interval. */
export function withInterval(value: Estimate | null, show: (value: number) => string): string {
  if (value === null) return 'not run';
  const { mean, half, values } = value;
  if (values < 2) return `${show(mean)} (one seed)`;
  return `${show(mean)} (${show(mean - half)} to ${show(mean + half)})`;
}

/** A difference of losses as a change of perplexity: `+1.2 % (−0.3 to +2.7)`. */
export function change(difference: Estimate | null): string {
  if (difference === null) return 'not run';
  const { mean, half, values } = difference;
  const share = (nats: number): string => signed(100 * (Math.exp(nats) - 1));
  if (values < 2) return `${share(mean)} % (one seed)`;
  return `${share(mean)} % (${share(mean - half)} to ${share(mean + half)})`;
}

function signed(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : 0;
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** A share in percent: `12.5 %`. */
export function percent(share: number | null, digits = 2): string {
  return share === null ? 'not run' : `${(100 * share).toFixed(digits)} %`;
}
