/**
 * How positive numbers are spread, by bins of their logarithm: bin `i` holds the x with i / 256 <= ln x < (i + 1) / 256. So two
 * histograms of parts are the histogram of the whole, and a quantile is off by 0.2 % at most (half a bin). Numbers outside e^-32 to
 * e^32 count in the last bin of that side.
 */
export type LogHistogram = Map<number, number>;

/** Bins a unit of the natural logarithm. */
export const binsPerUnit = 256;

const outermost = 32 * binsPerUnit;

/** The bin of a number above 0. */
export function logBin(value: number): number {
  const bin = Math.floor(Math.log(value) * binsPerUnit);
  return Math.max(-outermost, Math.min(outermost - 1, bin));
}

/** Counts a number above 0. */
export function addToHistogram(histogram: LogHistogram, value: number): void {
  addCount(histogram, logBin(value), 1);
}

/** Adds all that another histogram has counted. */
export function mergeHistogram(into: LogHistogram, from: LogHistogram): void {
  for (const [bin, count] of from) addCount(into, bin, count);
}

function addCount(histogram: LogHistogram, bin: number, count: number): void {
  histogram.set(bin, (histogram.get(bin) ?? 0) + count);
}

/** The middle of a bin, by the logarithm. */
export function middleOf(bin: number): number {
  return Math.exp((bin + 0.5) / binsPerUnit);
}

/** How many numbers were counted. */
function countOf(histogram: LogHistogram): number {
  let sum = 0;
  for (const count of histogram.values()) sum += count;
  return sum;
}

/** The bins that hold something, ascending. */
function binsOf(histogram: LogHistogram): readonly (readonly [bin: number, count: number])[] {
  return [...histogram].toSorted(([one], [other]) => one - other);
}

/**
 * The bin of a quantile: the first at which at least that share of the numbers was met (the inverse of the distribution
 * function); undefined where there is none.
 */
export function quantileBin(histogram: LogHistogram, share: number): number | undefined {
  const wanted = share * countOf(histogram);
  let met = 0;
  for (const [bin, count] of binsOf(histogram)) {
    met += count;
    if (met >= wanted) return bin;
  }
  return undefined;
}

/** The share of the numbers that lie in bins above; NaN where there is no number. */
export function shareAbove(histogram: LogHistogram, bin: number): number {
  let above = 0;
  for (const [other, count] of histogram) if (other > bin) above += count;
  return above / countOf(histogram);
}

/** The Wasserstein-1 distance of two distributions of ln x, of bins' middles: off by 1/256 at most. NaN where one is empty. */
export function logWasserstein(one: LogHistogram, other: LogHistogram): number {
  const [ofOne, ofOther] = [countOf(one), countOf(other)];
  const bins = [...new Set([...one.keys(), ...other.keys()])].toSorted((a, b) => a - b);
  if (ofOne === 0 || ofOther === 0) return Number.NaN;
  let [distance, difference] = [0, 0];
  bins.forEach((bin, index) => {
    difference += (one.get(bin) ?? 0) / ofOne - (other.get(bin) ?? 0) / ofOther;
    const width = ((bins[index + 1] ?? bin) - bin) / binsPerUnit;
    distance += Math.abs(difference) * width;
  });
  return distance;
}

/** Counts by wider bins, `size` bins each, of several histograms alike: from the first that any of them fills to the last. */
export function widerBins(
  histograms: readonly LogHistogram[],
  size: number,
): { readonly first: number; readonly counts: readonly Float64Array[] } {
  const all = histograms.flatMap((each) => [...each.keys()].map((bin) => Math.floor(bin / size)));
  const first = all.reduce((least, bin) => Math.min(least, bin), Infinity);
  const last = all.reduce((most, bin) => Math.max(most, bin), -Infinity);
  const width = all.length === 0 ? 0 : last - first + 1;
  const counts = histograms.map((histogram) => {
    const wide = new Float64Array(width);
    for (const [bin, count] of histogram) {
      const at = Math.floor(bin / size) - first;
      wide[at] = (wide[at] ?? 0) + count;
    }
    return wide;
  });
  return { first: all.length === 0 ? 0 : first, counts };
}
