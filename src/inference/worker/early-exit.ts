import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { longestSum } from '../../onnx/log-normaliser.ts';
import { screenModel, screenNames, weightRowsNames } from '../../onnx/weight-rows.ts';
import { rejectionRule, type ScreenedRow } from './rejection-rule.ts';
import { type WeightCache, weightCache } from './weight-cache.ts';

/** Rows of the hidden state, and the tokens they predict. */
export interface PredictingRows {
  /** Float32 `[rows, hidden]`. */
  readonly hidden: Float32Array;
  readonly targets: Int32Array;
}

/** Finds rows whose target is certainly below the threshold, at a fraction of what the full head costs. */
export interface EarlyExit {
  /** Rows that it takes at once. */
  readonly maxRows: number;
  /** Row numbers that need the full head, ascending. */
  undecided(rows: PredictingRows, logThreshold: number): Promise<number[]>;
  release(): Promise<void>;
}

/** What an {@link EarlyExit} is made of. */
export interface EarlyExitOptions {
  /** The graph of `weightRows`: a file, or its bytes. */
  readonly weightRows: string | Uint8Array;
  /** Terms of a logit. */
  readonly hidden: number;
  /** The vocabulary's size by the graph; null where it does not state it. */
  readonly columns: number | null;
  readonly vocabularySize: number;
  /** Tokens of the subset. @defaultValue 1023 */
  readonly subsetSize?: number | undefined;
  /** Bound on the subset's logits alive at once, in bytes. */
  readonly logitsBytes: number;
  readonly openSession: (model: string | Uint8Array) => Promise<InferenceSession>;
}

/**
 * Opens the graphs of the early exit. The subset is what was frequent among the targets so far: which tokens it holds
 * decides how many rows are left to the full head, and nothing else.
 */
export async function openEarlyExit(options: EarlyExitOptions): Promise<EarlyExit> {
  const { vocabularySize, hidden, openSession, weightRows } = options;
  const size = Math.min(options.subsetSize ?? defaultSubset, vocabularySize);
  const sizes = {
    hidden,
    headSum: longestSum(options.columns, vocabularySize),
    subsetSum: longestSum(size + 1, size + 1),
  };
  const weights = await openSession(weightRows);
  const screen = await openSession(screenModel(size + 1));
  const fetch = (ids: Int32Array): Promise<Float32Array> => fetchRows(weights, ids);
  const cache = weightCache({ hidden, vocabularySize, bytes: cacheBytes, fetch });
  const frequent = frequentTokens(vocabularySize);
  let subset: TokenSubset | null = null;
  return {
    maxRows: Math.min(cache.capacity, Math.floor(options.logitsBytes / (4 * (size + 1)))),
    async undecided(rows, logThreshold) {
      frequent.add(rows.targets);
      if (subset === null || frequent.isDue()) {
        subset = await tokenSubset(frequent.take(size), cache);
      }
      await cache.load(rows.targets);
      const isRejected = rejectionRule(sizes, logThreshold);
      const logSums = await sumUp(screen, rows, subset);
      const all = Array.from(rows.targets.keys());
      const work = { rows, subset, cache, logSums };
      return all.filter((row) => !isRejected(screenedRow(row, work)));
    },
    async release() {
      await weights.release();
      await screen.release();
    },
  };
}

/** With the column that is no token's these are 1,024. */
const defaultSubset = 1023;

/** Bound on the weights of single tokens that are kept. */
const cacheBytes = 64 * 2 ** 20;

async function fetchRows(session: InferenceSession, tokenIds: Int32Array): Promise<Float32Array> {
  const { ids, rows } = weightRowsNames;
  const tensor = new Tensor('int64', BigInt64Array.from(tokenIds, BigInt), [tokenIds.length]);
  const outputs = await session.run({ [ids]: tensor });
  return outputs[rows]?.data as Float32Array;
}

/** For each row, the log of the sum of exponentials over the subset without the row's target. */
async function sumUp(
  session: InferenceSession,
  { hidden, targets }: PredictingRows,
  subset: TokenSubset,
): Promise<Float64Array> {
  const count = targets.length;
  const width = hidden.length / count;
  const last = BigInt(subset.columns - 1);
  const masked = new BigInt64Array(2 * count).fill(last);
  targets.forEach((target, row) => {
    masked[2 * row] = BigInt(subset.column(target));
  });
  const minusInfinity = new Float32Array(2 * count).fill(Number.NEGATIVE_INFINITY);
  const outputs = await session.run({
    [screenNames.hidden]: new Tensor('float32', hidden, [count, width]),
    [screenNames.subset]: new Tensor('float32', subset.weights, [subset.columns, width]),
    [screenNames.masked]: new Tensor('int64', masked, [count, 2]),
    [screenNames.minusInfinity]: new Tensor('float32', minusInfinity, [count, 2]),
  });
  const pivot = outputs[screenNames.pivot]?.data as Float32Array;
  const rest = outputs[screenNames.rest]?.data as Float32Array;
  return Float64Array.from(pivot, (value, row) => value + (rest[row] ?? Number.NaN));
}

interface ScreenedRows {
  readonly rows: PredictingRows;
  readonly subset: TokenSubset;
  readonly cache: WeightCache;
  readonly logSums: Float64Array;
}

function screenedRow(row: number, { rows, subset, cache, logSums }: ScreenedRows): ScreenedRow {
  const target = rows.targets[row] ?? -1;
  const weights = cache.row(target);
  const start = row * weights.length;
  let squares = 0;
  let targetLogit = 0;
  for (let i = 0; i < weights.length; i++) {
    const value = rows.hidden[start + i] ?? Number.NaN;
    squares += value * value;
    targetLogit += value * (weights[i] ?? Number.NaN);
  }
  return {
    hiddenNorm: Math.sqrt(squares),
    weightNorm: Math.max(subset.norm, cache.norm(target)),
    targetLogit,
    logSum: logSums[row] ?? Number.NaN,
  };
}

/** Some tokens of the vocabulary, with their weights as one matrix. */
export interface TokenSubset {
  /** Float32 `[columns, hidden]`; the last row, of zeros, is no token's. */
  readonly weights: Float32Array;
  readonly columns: number;
  /** The column of a token; the last one where it is not in the subset. */
  column(id: number): number;
  /** The greatest norm among the rows. */
  readonly norm: number;
}

/** Makes a subset of tokens, no id twice. */
async function tokenSubset(ids: Int32Array, cache: WeightCache): Promise<TokenSubset> {
  await cache.load(ids);
  const weights = new Float32Array((ids.length + 1) * cache.hidden);
  const columns = new Map<number, number>();
  let norm = 0;
  ids.forEach((id, column) => {
    weights.set(cache.row(id), column * cache.hidden);
    columns.set(id, column);
    norm = Math.max(norm, cache.norm(id));
  });
  return {
    weights,
    columns: ids.length + 1,
    column: (id) => columns.get(id) ?? ids.length,
    norm,
  };
}

/** Counts tokens as they come, and names the most frequent so far. */
export interface FrequentTokens {
  add(tokenIds: Int32Array): void;
  /** True where there is reason to ask again: at first, and when about as much has come again as was there before. */
  isDue(): boolean;
  /** The `count` most frequent ids, or all; filled up with the first ids, which most tokenizers give to the most frequent. */
  take(count: number): Int32Array;
}

/** Starts to count; older tokens count less and less. */
export function frequentTokens(vocabularySize: number): FrequentTokens {
  const counts = new Uint32Array(vocabularySize);
  let seen = 0;
  let due = 0;
  return {
    add(tokenIds) {
      for (const id of tokenIds) counts[id] = (counts[id] ?? 0) + 1;
      seen += tokenIds.length;
    },
    isDue: () => seen >= due,
    take(count) {
      const frequency = (id: number): number => counts[id] ?? 0;
      const met = Int32Array.from(counts.keys()).filter((id) => frequency(id) > 0);
      met.sort((a, b) => frequency(b) - frequency(a) || a - b);
      const taken = met.subarray(0, count);
      const first = Int32Array.from(counts.keys()).filter((id) => frequency(id) === 0);
      due = seen + Math.min(Math.max(seen, 1), memory);
      if (seen >= memory) {
        counts.forEach((number, id) => {
          counts[id] = number >> 1;
        });
      }
      return Int32Array.of(...taken, ...first.subarray(0, count - taken.length));
    },
  };
}

/** Tokens after which counts are halved. */
const memory = 2 ** 16;
