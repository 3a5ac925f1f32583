/** A stretch of time, and what was done in it. */
export interface RateBin {
  /** Seconds since the first thing that was added. */
  readonly from: number;
  readonly to: number;
  /** What was added in it, by its seconds. */
  readonly rate: number;
}

/** What is done over time, in at most `mostBins` bins of equal width, however long it lasts. */
export interface TimeBins {
  /**
   * Adds what was done between two moments, evenly. Of no stretch nothing is added.
   *
   * @param from - milliseconds since 1970, as `to`.
   */
  add(stretch: { readonly from: number; readonly to: number }, amount: number): void;
  /** In order, without gaps; the first and the last end where something was added. */
  rates(): readonly RateBin[];
}

/** Bins that begin with a width of a second, and double it as often as they become too many. */
export function timeBins(mostBins: number): TimeBins {
  let width = 1000;
  let amounts = new Map<number, number>();
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const widen = (): void => {
    while (Math.ceil(last / width) - Math.floor(first / width) > mostBins) {
      width *= 2;
      amounts = halved(amounts);
    }
  };
  return {
    add({ from, to }, amount) {
      if (!(to > from) || !Number.isFinite(to - from) || !Number.isFinite(amount)) return;
      first = Math.min(first, from);
      last = Math.max(last, to);
      widen();
      for (let bin = Math.floor(from / width); bin * width < to; bin++) {
        const part = Math.min(to, (bin + 1) * width) - Math.max(from, bin * width);
        amounts.set(bin, (amounts.get(bin) ?? 0) + (amount * part) / (to - from));
      }
    },
    rates() {
      if (last === Number.NEGATIVE_INFINITY) return [];
      const bins = Math.ceil(last / width) - Math.floor(first / width);
      return Array.from({ length: bins }, (_, index) => {
        const bin = Math.floor(first / width) + index;
        const from = (Math.max(first, bin * width) - first) / 1000;
        const to = (Math.min(last, (bin + 1) * width) - first) / 1000;
        return { from, to, rate: (amounts.get(bin) ?? 0) / (to - from) };
      });
    },
  };
}

function halved(amounts: ReadonlyMap<number, number>): Map<number, number> {
  const sums = new Map<number, number>();
  for (const [bin, amount] of amounts) {
    const half = Math.floor(bin / 2);
    sums.set(half, (sums.get(half) ?? 0) + amount);
  }
  return sums;
}
