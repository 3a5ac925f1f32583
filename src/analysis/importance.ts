import { type RecordBatch } from 'apache-arrow';
import { textColumn } from '../arrow/text-column.ts';
import { badOption, requireSeed } from '../options.ts';
import { documentKey, drawStreams, uniformDraw } from '../random/uniform-draw.ts';
import { isValidUtf8 } from '../text/utf8.ts';
import { logRatios, sumOf } from './features/bucket-measures.ts';
import { featureCounter } from './features/feature-counter.ts';
import { bucketCount } from './features/feature-digest.ts';
import type { LogWeights } from './selection-report.ts';

/** Two distributions of hashed n-gram features, as counts by bucket: that of a `FeatureState`, `[10,000]`. */
export interface ImportanceOptions {
  /** Of texts as they are wanted. */
  readonly target: Float64Array;
  /** Of the texts to select from. */
  readonly raw: Float64Array;
  /** @defaultValue 0 */
  readonly seed?: bigint | undefined;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
}

/** Where rows lie: their draws depend on nothing else. */
export interface RowsPlace {
  /** What the file is called, the same in every run. */
  readonly file: string;
  /** The first row of the batch, from 0. */
  readonly firstRow: number;
}

/** What decides which rows of a batch are selected, `[rows]`; NaN where there is no text that can be read. */
export interface Importance {
  /** Σ over a text's features of ln(target + 1e-8) - ln(raw + 1e-8): the log of how much likelier the target is. */
  readonly logWeights: Float64Array;
  /** The weights with Gumbel noise: the greatest n are a sample of n rows without replacement, by weight. */
  readonly keys: Float64Array;
}

/**
 * A reader of the importance of rows, by data selection with importance resampling (Xie et al. 2023, arXiv 2302.03169).
 *
 * @throws ToeditError `BAD_OPTION` at once; `COLUMN_MISSING` or `COLUMN_TYPE` of a batch.
 */
export function importanceOf(
  options: ImportanceOptions,
): (batch: RecordBatch, place: RowsPlace) => Importance {
  const { target, raw, seed = 0n, textColumn: column = 'text' } = options;
  requireSeed(seed);
  requireFeatures('target', target);
  requireFeatures('raw', raw);
  const noiseOf = selectionNoise(seed);
  const counter = featureCounter({ weights: logRatios(target, raw) });
  return (batch, { file, firstRow }) => {
    const text = textColumn(batch, column);
    const noise = noiseOf(file);
    const logWeights = new Float64Array(batch.numRows).fill(Number.NaN);
    const keys = new Float64Array(batch.numRows).fill(Number.NaN);
    for (let row = 0; row < batch.numRows; row++) {
      const bytes = text.bytes(row);
      if (text.isNull(row) || !isValidUtf8(bytes)) continue;
      const logWeight = counter.add(bytes);
      logWeights[row] = logWeight;
      keys[row] = logWeight + noise(firstRow + row);
    }
    return { logWeights, keys };
  };
}

function requireFeatures(name: string, counts: Float64Array): void {
  if (counts.length !== bucketCount) {
    throw badOption(name, `${counts.length} counts`, `give ${bucketCount}, one a bucket`);
  }
  if (!(sumOf(counts) > 0)) throw badOption(name, 'without a feature', 'give texts with words');
}

/**
 * The Gumbel noise of a file's rows: -ln(-ln u) of the uniform draw at the row, moved into the middle of its 2^-52, so that it is never
 * infinite. The file's name is the key of its draws.
 */
export function selectionNoise(seed: bigint): (file: string) => (row: number) => number {
  const draw = uniformDraw(seed, drawStreams.selection);
  return (file) => {
    const key = documentKey(new TextEncoder().encode(file));
    return (row) => {
      const inside = (Math.floor(draw(key, row) * 2 ** 52) + 0.5) / 2 ** 52;
      return -Math.log(-Math.log(inside));
    };
  };
}

/** The least key of the greatest n; -Infinity where there are no more than n. NaN is no key. */
export function leastKeyOf(keys: readonly Float64Array[], n: number): number {
  const count = keys.reduce((sum, each) => sum + each.length, 0);
  const all = new Float64Array(count);
  let size = 0;
  for (const each of keys) for (const key of each) if (!Number.isNaN(key)) all[size++] = key;
  const sorted = all.subarray(0, size).sort();
  return size <= n ? Number.NEGATIVE_INFINITY : (sorted[size - n] ?? Number.NEGATIVE_INFINITY);
}

/** The rows whose key is at least that, ascending. */
export function rowsFrom(keys: Float64Array, leastKey: number): Int32Array {
  const rows = new Int32Array(keys.length);
  let size = 0;
  keys.forEach((key, row) => {
    if (key >= leastKey) rows[size++] = row;
  });
  return rows.subarray(0, size);
}

/** Bins of a histogram of log weights. */
const weightBins = 48;

/**
 * Rows by their log weight, all that have one and those whose key is at least `leastKey`: bins of equal width from the least to the
 * greatest weight, one where all are alike. No bins where there is no row.
 */
export function logWeightBins(files: Iterable<Importance>, leastKey: number): LogWeights {
  const all = [...files];
  let [from, to] = [Infinity, -Infinity];
  for (const { logWeights } of all) {
    for (const weight of logWeights) {
      if (weight < from) from = weight;
      if (weight > to) to = weight;
    }
  }
  if (from > to) return { from: 0, binWidth: 1, candidates: [], selected: [] };
  // A range of a few of the smallest doubles, divided, would round to a width of 0.
  const size = (to - from) / weightBins > 0 ? weightBins : 1;
  const binWidth = size > 1 ? (to - from) / size : 1;
  const candidates = new Array<number>(size).fill(0);
  const selected = new Array<number>(size).fill(0);
  for (const { logWeights, keys } of all) {
    logWeights.forEach((weight, row) => {
      if (Number.isNaN(weight)) return;
      const bin = Math.min(size - 1, Math.floor((weight - from) / binWidth));
      candidates[bin] = (candidates[bin] ?? 0) + 1;
      if ((keys[row] ?? Number.NaN) >= leastKey) selected[bin] = (selected[bin] ?? 0) + 1;
    });
  }
  return { from, binWidth, candidates, selected };
}
