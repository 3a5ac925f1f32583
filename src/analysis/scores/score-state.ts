import { histogramBin } from '../../resampling/expected-edits.ts';
import { leastLogprob } from '../../resampling/resampling-options.ts';
import { addToSum, type ExactSum, mergeSum, newSum } from './exact-sum.ts';
import {
  addDocument,
  type ExtremeDocuments,
  mergeExtremes,
  newExtremes,
} from './extreme-documents.ts';
import { addToHistogram, type LogHistogram, mergeHistogram } from './log-histogram.ts';
import {
  addPositions,
  mergePositions,
  newPositionBins,
  type PositionBins,
} from './position-bins.ts';

/** What the measures of scores are computed from: sums, so that states of parts give the state of the whole, to the last bit. */
export interface ScoreState {
  /** Documents with at least one token that the prior predicted. */
  documents: number;
  /** Tokens of these, those that it did not predict included. */
  tokens: number;
  /** Tokens with a prediction. */
  predicted: number;
  /** Of the tokens with a prediction. */
  predictedBytes: number;
  /** Tokens by P: ten bins of width 0.1, closed below, the last one closed above, too. */
  readonly bins: Float64Array;
  /** Tokens with P at least 0.9, 0.99 and 0.999. */
  readonly certain: Float64Array;
  /** The sum of -ln P of all tokens, a document's sum rounded to 2^-20. */
  readonly surprise: ExactSum;
  /** The sum of the documents' bits a byte, each rounded to 2^-20. */
  readonly bitsPerByte: ExactSum;
  /** Documents by perplexity. */
  readonly perplexities: LogHistogram;
  /** Documents by bits a byte. */
  readonly bytewise: LogHistogram;
  readonly extremes: ExtremeDocuments;
  /** Tokens by their place in their text. */
  readonly positions: PositionBins;
}

/** Where the mass of nearly certain tokens is read off. */
export const certainties = [0.9, 0.99, 0.999] as const;

const leastLogprobs = certainties.map((probability) => leastLogprob(probability, true));

const leastOf99 = leastLogprob(0.99, true);

/** The state of no document. */
export function newScoreState(): ScoreState {
  return {
    ...{ documents: 0, tokens: 0, predicted: 0, predictedBytes: 0 },
    bins: new Float64Array(10),
    certain: new Float64Array(certainties.length),
    surprise: newSum(),
    bitsPerByte: newSum(),
    perplexities: new Map(),
    bytewise: new Map(),
    extremes: newExtremes(),
    positions: newPositionBins(),
  };
}

/** A document as the prior scored it. */
export interface ScoredDocument {
  /** ln P of each token; NaN where there is no prediction. */
  readonly logprobs: Float32Array;
  /** How many bytes the tokens have that were predicted. */
  readonly predictedBytes: number;
  readonly file: string;
  readonly row: number;
}

/** Adds a document; one without a predicted token counts for nothing. */
export function addScores(state: ScoreState, document: ScoredDocument): void {
  const { predicted, surprise } = addTokens(state, document.logprobs);
  if (predicted === 0) return;
  const { file, row, predictedBytes } = document;
  const perplexity = Math.exp(surprise / predicted);
  state.documents++;
  state.tokens += document.logprobs.length;
  state.predicted += predicted;
  state.predictedBytes += predictedBytes;
  addToSum(state.surprise, surprise);
  addToHistogram(state.perplexities, perplexity);
  addDocument(state.extremes, { file, row, perplexity });
  addPositions(state.positions, document.logprobs, leastOf99);
  const bitsPerByte = surprise / Math.LN2 / predictedBytes;
  if (!Number.isFinite(bitsPerByte)) return;
  addToSum(state.bitsPerByte, bitsPerByte);
  addToHistogram(state.bytewise, bitsPerByte);
}

function addTokens(
  { bins, certain }: ScoreState,
  logprobs: Float32Array,
): { readonly predicted: number; readonly surprise: number } {
  let [predicted, surprise] = [0, 0];
  for (const logprob of logprobs) {
    if (Number.isNaN(logprob)) continue;
    predicted++;
    surprise -= logprob;
    const bin = histogramBin(logprob);
    bins[bin] = (bins[bin] ?? 0) + 1;
    for (let at = 0; at < certain.length; at++) {
      if (logprob >= (leastLogprobs[at] ?? 0)) certain[at] = (certain[at] ?? 0) + 1;
    }
  }
  return { predicted, surprise };
}

/** Adds the state of other documents. */
export function mergeScores(into: ScoreState, from: ScoreState): void {
  into.documents += from.documents;
  into.tokens += from.tokens;
  into.predicted += from.predicted;
  into.predictedBytes += from.predictedBytes;
  addAll(into.bins, from.bins);
  addAll(into.certain, from.certain);
  mergeSum(into.surprise, from.surprise);
  mergeSum(into.bitsPerByte, from.bitsPerByte);
  mergeHistogram(into.perplexities, from.perplexities);
  mergeHistogram(into.bytewise, from.bytewise);
  mergeExtremes(into.extremes, from.extremes);
  mergePositions(into.positions, from.positions);
}

function addAll(into: Float64Array, from: Float64Array): void {
  from.forEach((count, at) => {
    into[at] = (into[at] ?? 0) + count;
  });
}
