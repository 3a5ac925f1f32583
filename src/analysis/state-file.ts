import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { corruptFile, ToeditError } from '../errors.ts';
import { smoothing } from './features/bucket-measures.ts';
import { bucketCount, sketchBits } from './features/feature-digest.ts';
import type { FeatureState } from './features/feature-state.ts';
import { keptBigrams, longestBigram } from './features/frequent-bigrams.ts';
import type { GroupedStates, PartState } from './part-state.ts';
import { namedDocuments } from './scores/extreme-documents.ts';
import { binsPerUnit } from './scores/log-histogram.ts';
import { type PositionBins, positionBounds } from './scores/position-bins.ts';
import { certainties, type ScoreState } from './scores/score-state.ts';

/** What of an analysis's options decides its numbers. */
export interface AnalysisOptions {
  readonly textColumn: string;
  readonly groupBy: string | null;
  /** Rows of each file at most; null where all are read. */
  readonly limit: number | null;
}

/** The number of the formats and formulas here and in docs/analysis.md: another one gives other numbers. */
const version = 1;

/** SHA-256 over all that decides the numbers of an analysis, in hexadecimal. */
export function definitionOf({ textColumn, groupBy, limit }: AnalysisOptions): string {
  const features = { bucketCount, sketchBits, keptBigrams, longestBigram, smoothing };
  const scores = { bins: 10, certainties, binsPerUnit, namedDocuments, positionBounds };
  const all = { version, textColumn, groupBy, limit, features, scores };
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** What a state file is of. */
export interface StateOf {
  readonly definition: string;
  readonly set: string;
  /** Of the input below its corpus, with `/` between names. */
  readonly input: string;
  /** Of the input's content: see `fingerprintFile`. */
  readonly fingerprint: string;
}

/** The state of an input file, compressed: the same state gives the same bytes. */
export function encodeState(of: StateOf, groups: GroupedStates): Uint8Array {
  const parts = [...groups].map(([group, part]) => ({ group, ...partToJson(part) }));
  return gzipSync(JSON.stringify({ kind: 'toedit-analysis', version, ...of, parts }), { level: 6 });
}

/**
 * Reads what {@link encodeState} wrote.
 *
 * @throws ToeditError `FILE_CORRUPT` where it is damaged; `MANIFEST_CONFLICT` where it is of another definition.
 */
export function decodeState(
  bytes: Uint8Array,
  file: string,
  definition: string,
): { readonly of: StateOf; readonly groups: GroupedStates } {
  const json = parse(bytes, file);
  if (json.kind !== 'toedit-analysis') throw damaged(file);
  if (json.version !== version || json.definition !== definition) {
    const what = `${file} was made by another definition (${json.definition.slice(0, 12)}, not ${definition.slice(0, 12)})`;
    throw new ToeditError(
      'MANIFEST_CONFLICT',
      `${what}: analyse with the same --text-column, --group-by and --limit and the same version of toedit, or into another directory`,
      { place: { file } },
    );
  }
  try {
    const { set, input, fingerprint } = json;
    const groups = json.parts.map(({ group, ...part }) => [group, partFromJson(part)] as const);
    return { of: { definition, set, input, fingerprint }, groups: new Map(groups) };
  } catch (cause) {
    throw damaged(file, cause);
  }
}

function parse(bytes: Uint8Array, file: string): StateJson {
  try {
    return JSON.parse(gunzipSync(bytes).toString()) as StateJson;
  } catch (cause) {
    throw damaged(file, cause);
  }
}

function damaged(file: string, cause?: unknown): ToeditError {
  return corruptFile(
    { file },
    ' is no whole state of an analysis: remove it, and analyse again',
    cause,
  );
}

interface StateJson extends StateOf {
  readonly kind: string;
  readonly version: number;
  readonly parts: readonly ({ readonly group?: string | null } & PartJson)[];
}

type PartJson = ReturnType<typeof partToJson>;

function partToJson({ rows, passed, features, scores }: PartState) {
  return {
    ...{ rows, passed },
    features: featuresToJson(features),
    scores: scores && scoresToJson(scores),
  };
}

function partFromJson({ rows, passed, features, scores }: PartJson): PartState {
  requireCounts(rows, passed);
  return {
    ...{ rows, passed },
    features: featuresFromJson(features),
    scores: scores && scoresFromJson(scores),
  };
}

/** Names in one order, so that a state that was read gives the bytes that it was read from. */
function featuresToJson({ frequent, ...state }: FeatureState) {
  const { documents, bytes, unigrams, bigrams } = state;
  return {
    ...{ documents, bytes, unigrams, bigrams },
    buckets: [...state.buckets],
    distinctUnigrams: Buffer.from(state.distinctUnigrams).toString('base64'),
    distinctBigrams: Buffer.from(state.distinctBigrams).toString('base64'),
    frequent: [...frequent.counts],
    undercount: frequent.undercount,
  };
}

function featuresFromJson(json: ReturnType<typeof featuresToJson>): FeatureState {
  const { buckets, distinctUnigrams, distinctBigrams, frequent, undercount, ...counts } = json;
  requireCounts(...Object.values(counts), ...buckets, undercount);
  requireLength(buckets, bucketCount);
  return {
    ...counts,
    buckets: Float64Array.from(buckets),
    distinctUnigrams: sketchFrom(distinctUnigrams),
    distinctBigrams: sketchFrom(distinctBigrams),
    frequent: { counts: new Map(frequent), undercount },
  };
}

function sketchFrom(base64: string): Uint8Array {
  const registers = Uint8Array.from(Buffer.from(base64, 'base64'));
  requireLength(registers, 2 ** sketchBits);
  return registers;
}

function scoresToJson(state: ScoreState) {
  const { documents, tokens, predicted, predictedBytes, extremes } = state;
  return {
    ...{ documents, tokens, predicted, predictedBytes, extremes },
    bins: [...state.bins],
    certain: [...state.certain],
    surprise: String(state.surprise.units),
    bitsPerByte: String(state.bitsPerByte.units),
    perplexities: [...state.perplexities].toSorted(([one], [other]) => one - other),
    bytewise: [...state.bytewise].toSorted(([one], [other]) => one - other),
    positions: positionsToJson(state.positions),
  };
}

function scoresFromJson(json: ReturnType<typeof scoresToJson>): ScoreState {
  const { documents, tokens, predicted, predictedBytes, extremes, bins, certain } = json;
  requireCounts(documents, tokens, predicted, predictedBytes, ...bins, ...certain);
  requireLength(bins, 10);
  requireLength(certain, certainties.length);
  return {
    ...{ documents, tokens, predicted, predictedBytes, extremes },
    bins: Float64Array.from(bins),
    certain: Float64Array.from(certain),
    surprise: { units: BigInt(json.surprise) },
    bitsPerByte: { units: BigInt(json.bitsPerByte) },
    perplexities: new Map(json.perplexities),
    bytewise: new Map(json.bytewise),
    positions: positionsFromJson(json.positions),
  };
}

function positionsToJson({ predicted, certain, surprise }: PositionBins) {
  return {
    predicted: [...predicted],
    certain: [...certain],
    surprise: surprise.map(({ units }) => String(units)),
  };
}

function positionsFromJson(json: ReturnType<typeof positionsToJson>): PositionBins {
  const { predicted, certain, surprise } = json;
  requireCounts(...predicted, ...certain);
  for (const each of [predicted, certain, surprise]) requireLength(each, positionBounds.length);
  return {
    predicted: Float64Array.from(predicted),
    certain: Float64Array.from(certain),
    surprise: surprise.map((units) => ({ units: BigInt(units) })),
  };
}

function requireCounts(...counts: readonly number[]): void {
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw new RangeError('a count is none');
  }
}

function requireLength({ length }: ArrayLike<unknown>, wanted: number): void {
  if (length !== wanted) throw new RangeError(`${length} numbers, not ${wanted}`);
}
