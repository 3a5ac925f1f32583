import { type EditCountName, editCountNames, type PassReason, passReasons } from '../columns.ts';

/** What a run has counted so far. */
export interface RunTotals {
  rows: number;
  /** Bytes of the text column. */
  textBytes: number;
  tokens: number;
  /** Tokens for which a prediction exists. */
  scoredTokens: number;
  readonly edits: Record<EditCountName, number>;
  /** Rows that pass unedited. */
  readonly passed: Record<PassReason, number>;
  /** Scored tokens by P(token), in ten bins of width 0.1; the last one is closed at 1. */
  readonly probabilityHistogram: number[];
  /** The least distance of a logprob to the log of the threshold. */
  smallestMargin: number;
  /** Micro-batches run, and what they cost. */
  microBatches: number;
  paddedTokens: number;
  /** Tokens read by the prior, padding not included: context read twice counts twice. */
  readTokens: number;
  /** Tokens scored so far, those of record batches under way among them. */
  deviceTokens: number;
  deviceBusyMs: number;
}

/** Totals of nothing. */
export function emptyTotals(): RunTotals {
  return {
    rows: 0,
    textBytes: 0,
    tokens: 0,
    scoredTokens: 0,
    edits: { eligible: 0, drawn: 0, changed: 0, deleted: 0, refused_utf8: 0, refused_special: 0 },
    passed: {
      null_text: 0,
      over_byte_limit: 0,
      invalid_utf8: 0,
      tokenizer_mismatch: 0,
      inference_failed: 0,
    },
    probabilityHistogram: new Array<number>(10).fill(0),
    smallestMargin: Number.POSITIVE_INFINITY,
    microBatches: 0,
    paddedTokens: 0,
    readTokens: 0,
    deviceTokens: 0,
    deviceBusyMs: 0,
  };
}

/** Adds the totals of a part to those of the whole. */
export function addTotals(whole: RunTotals, part: RunTotals): void {
  for (const name of summed) whole[name] += part[name];
  for (const name of editCountNames) whole.edits[name] += part.edits[name];
  for (const reason of passReasons) whole.passed[reason] += part.passed[reason];
  part.probabilityHistogram.forEach((count, bin) => {
    whole.probabilityHistogram[bin] = (whole.probabilityHistogram[bin] ?? 0) + count;
  });
  whole.smallestMargin = Math.min(whole.smallestMargin, part.smallestMargin);
}

const summed = [
  'rows',
  'textBytes',
  'tokens',
  'scoredTokens',
  'microBatches',
  'paddedTokens',
  'readTokens',
  'deviceTokens',
  'deviceBusyMs',
] as const;
