import { RecordBatch } from 'apache-arrow';
import { type EditCountName, editCountNames, type PassReason, passReasons } from '../columns.ts';
import type { MicroBatchReport } from '../inference/micro-batch.ts';

/**
 * The least P(token) of each bin of a histogram; the last one is closed at 1. They are fine where thresholds lie. A token is at or above
 * a bound as it is at or above a threshold: by its logprob in float32.
 */
export const probabilityBins: readonly number[] = [
  ...[0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
  ...[0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999],
];

/** Counts by {@link probabilityBins} in ten bins of width 0.1, the last one closed at 1: those of the paper. */
export function tenBins(counts: readonly number[]): readonly number[] {
  const ten = new Array<number>(10).fill(0);
  probabilityBins.forEach((least, bin) => {
    // The bounds are decimal: 0.3 may be a little less than 3 / 10.
    const at = Math.floor(10 * least + 1e-9);
    ten[at] = (ten[at] ?? 0) + (counts[bin] ?? 0);
  });
  return ten;
}

/** What a run has counted so far. */
export interface RunTotals {
  rows: number;
  /** Bytes of the text column. */
  textBytes: number;
  tokens: number;
  /** Tokens with a logprob. */
  scoredTokens: number;
  /** The sum of -ln P of these in nats, each rounded to 2^-20: the same in whatever order it is added up. */
  surprise: number;
  /** Tokens so far below the threshold that their logprob is omitted (`scores: 'eligible'`). */
  omittedLogprobs: number;
  readonly edits: Record<EditCountName, number>;
  /** Rows that pass unedited. */
  readonly passed: Record<PassReason, number>;
  /** Tokens with a logprob, by P(token), in the bins of {@link probabilityBins}. */
  readonly probabilityHistogram: number[];
  /** The least distance of a logprob to the log of the threshold. That of omitted ones is more than `omissionDistance`. */
  smallestMargin: number;
  /** Micro-batches run, and what they cost. */
  microBatches: number;
  /** Micro-batches that the device refused, so that they were halved. */
  halvedMicroBatches: number;
  paddedTokens: number;
  /** Tokens read by the prior, padding not included: context read twice counts twice. */
  readTokens: number;
  /** Tokens scored so far, those of record batches under way among them. */
  deviceTokens: number;
  deviceBusyMs: number;
}

/** New totals, every counter 0; the smallest margin is Infinity. */
export function emptyTotals(): RunTotals {
  return {
    rows: 0,
    textBytes: 0,
    tokens: 0,
    scoredTokens: 0,
    surprise: 0,
    omittedLogprobs: 0,
    edits: { eligible: 0, drawn: 0, changed: 0, deleted: 0, refused_utf8: 0, refused_special: 0 },
    passed: {
      null_text: 0,
      not_text: 0,
      not_json: 0,
      over_byte_limit: 0,
      invalid_utf8: 0,
      tokenizer_mismatch: 0,
      tokenizer_failed: 0,
      inference_failed: 0,
    },
    probabilityHistogram: new Array<number>(probabilityBins.length).fill(0),
    smallestMargin: Number.POSITIVE_INFINITY,
    microBatches: 0,
    halvedMicroBatches: 0,
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
  'surprise',
  'omittedLogprobs',
  'microBatches',
  'halvedMicroBatches',
  'paddedTokens',
  'readTokens',
  'deviceTokens',
  'deviceBusyMs',
] as const;

/** Adds what a micro-batch cost to totals. */
export function addMicroBatch(totals: RunTotals, report: MicroBatchReport): void {
  totals.microBatches++;
  totals.readTokens += report.tokens;
  totals.deviceTokens += report.scoredTokens;
  totals.paddedTokens += report.paddedTokens;
  totals.deviceBusyMs += report.busyMs;
}

/** Totals as one line of JSON; a smallest margin of Infinity is null there. */
export function serializeTotals(totals: RunTotals): string {
  return JSON.stringify(totals);
}

/**
 * Reads what {@link serializeTotals} wrote. Counters that are missing, as an older version leaves them, are 0; fields that
 * are no counters are ignored.
 *
 * @throws SyntaxError or TypeError where the text is no such JSON.
 */
export function parseTotals(json: string): RunTotals {
  const given = JSON.parse(json) as Partial<RunTotals>;
  const totals = emptyTotals();
  for (const name of summed) totals[name] = numberOr(given[name], 0);
  for (const name of editCountNames) totals.edits[name] = numberOr(given.edits?.[name], 0);
  for (const reason of passReasons) totals.passed[reason] = numberOr(given.passed?.[reason], 0);
  totals.probabilityHistogram.forEach((_, bin) => {
    totals.probabilityHistogram[bin] = numberOr(given.probabilityHistogram?.[bin], 0);
  });
  totals.smallestMargin = numberOr(given.smallestMargin ?? undefined, Number.POSITIVE_INFINITY);
  return totals;
}

function numberOr(value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value === 'number') return value;
  throw new TypeError(`a counter must be a number: ${JSON.stringify(value)}`);
}

/**
 * Counters by the metadata map of their record batch: operators make new batches of the columns, and hand this map on as it
 * is. A copy of the map has no counters.
 */
const countsByMetadata = new WeakMap<RecordBatch['metadata'], RunTotals>();

/** What was counted while the record batch was made; undefined where nothing was. */
export function countsOf({ metadata }: RecordBatch): Readonly<RunTotals> | undefined {
  return countsByMetadata.get(metadata);
}

/**
 * The record batch with these counters added to those that it has: they go with it, through every operator that keeps the batch's own
 * metadata, to the journal, which writes them down. The batch given stays as it is; no column is copied.
 */
export function withCounts(batch: RecordBatch, counts: Readonly<RunTotals>): RecordBatch {
  const whole = emptyTotals();
  for (const part of [countsOf(batch) ?? [], counts].flat()) addTotals(whole, part);
  const metadata = new Map(batch.metadata);
  countsByMetadata.set(metadata, whole);
  return new RecordBatch(batch.schema, batch.data, metadata);
}
