import type { SweepCounter, SweepSetting } from '../resampling/expected-edits.ts';

/** What a setting would do. Shares are of all tokens; expectations are over all draws. */
export interface SweepRow extends SweepSetting {
  /** Tokens that would be redrawn. */
  readonly eligibleShare: number;
  /** Tokens that would be replaced by another one. */
  readonly changedShare: number;
  /** The standard deviation of that share between seeds. */
  readonly changedDeviation: number;
  /** Draws that would be refused: they break UTF-8, or are special tokens. */
  readonly refusedShare: number;
  /** The change of the entropy of the probability histogram, ten bins, in nats. */
  readonly entropyChange: number;
  /** Tokens by P, ten bins, as they are expected to be: P of a new token is that of its candidate, after the original prefix. */
  readonly probabilityHistogram: readonly number[];
  /** The change of the mean ln P of a token, a new one's taken where it is drawn: after the original prefix. */
  readonly meanLogprobChange: number;
}

/** What settings would do to a corpus. */
export interface SweepReport {
  readonly documents: number;
  readonly tokens: number;
  /** The mean ln P of the tokens as they are, those that have one. */
  readonly meanLogprob: number;
  /** Tokens by P, ten bins, closed at 1. */
  readonly probabilityHistogram: readonly number[];
  /** The entropy of that histogram, in nats: ln 10 at most. */
  readonly entropy: number;
  readonly settings: readonly SweepRow[];
  /** With a wanted share: the settings that come to it, or a reason why none does. */
  readonly wanted?: WantedReport | undefined;
}

/** The settings that change a wanted share of all tokens. */
export interface WantedReport {
  readonly share: number;
  readonly settings: readonly SweepRow[];
  /** Settings that cannot: with the share that they come to at most, and at least, at any temperature tried. */
  readonly unreachable: readonly UnreachableSetting[];
}

/** Settings that come to a wanted share at no temperature. */
export interface UnreachableSetting extends Omit<SweepSetting, 'temperature'> {
  readonly leastShare: number;
  readonly mostShare: number;
}

/** The rows of a counter's settings, and the entropy that they start from. */
export function sweepRows(counter: SweepCounter): Pick<SweepReport, 'entropy' | 'settings'> {
  const { settings, expected, tokens, scoredTokens, histogram } = counter;
  const before = entropyOf(histogram);
  const rows = settings.map((setting, index) => {
    const sum = expected[index];
    if (sum === undefined) throw new RangeError('a setting has no sum');
    const after = Array.from(histogram, (count, bin) => count + (sum.histogramChange[bin] ?? 0));
    return {
      ...setting,
      eligibleShare: ratio(sum.eligible, tokens),
      changedShare: ratio(sum.changed, tokens),
      changedDeviation: ratio(Math.sqrt(sum.changedVariance), tokens),
      refusedShare: ratio(sum.refused, tokens),
      entropyChange: entropyOf(after) - before,
      probabilityHistogram: after,
      meanLogprobChange: ratio(sum.logprobChange, scoredTokens),
    };
  });
  return { entropy: before, settings: rows };
}

/** The entropy of counts as shares of their sum, in nats; 0 where there are none. */
function entropyOf(counts: ArrayLike<number>): number {
  const all = Array.from(counts);
  const total = all.reduce((sum, count) => sum + count, 0);
  return all.reduce((sum, count) => {
    const share = ratio(count, total);
    return share > 0 ? sum - share * Math.log(share) : sum;
  }, 0);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
