import { addToSketch } from './distinct-sketch.ts';
import { digestFeature, type FeatureDigest } from './feature-digest.ts';
import { type FeatureState, newFeatureState } from './feature-state.ts';
import { dropRareBigrams, keptBigrams, largestCut } from './frequent-bigrams.ts';
import {
  addPair,
  clearPairs,
  findPair,
  forgetCounts,
  keepPairs,
  newPairTable,
  type PairTable,
  pairCells,
  pairCounts,
} from './pair-table.ts';
import { takeCounts } from './take-counts.ts';
import {
  addToken,
  clearTokens,
  findToken,
  hashStart,
  hashWith,
  hasRoom,
  newTokenTable,
  type TokenBytesSpan,
  type TokenTable,
} from './token-table.ts';
import {
  characterClasses,
  characterLength,
  classAt,
  type LoweredText,
  lowerCase,
  newLoweredText,
} from './word-classes.ts';

/** Counts the hashed n-gram features of texts. */
export interface FeatureCounter {
  /** Adds a text: valid UTF-8. Returns the sum of its features' weights, where there are weights; else 0. */
  readonly add: (text: Uint8Array) => number;
  /** The state of all texts so far; it is the counter's own, and goes on with it. */
  readonly state: () => FeatureState;
}

/** How much a counter remembers, which decides how fast it is, and how exact the counts of frequent bigrams are. */
export interface FeatureCounterOptions {
  /** Different bigrams at most: 32 bytes or more of memory each. @defaultValue 2^19 */
  readonly maxPairs?: number | undefined;
  /** What each feature of a bucket weighs, `[10,000]`. @defaultValue none */
  readonly weights?: Float64Array | undefined;
}

interface Tables {
  readonly tokens: TokenTable;
  readonly pairs: PairTable;
  readonly state: FeatureState;
  readonly lowered: LoweredText;
  /** The bytes of a bigram, to be digested. */
  bigram: Uint8Array;
  readonly digest: FeatureDigest;
  readonly weights: Float64Array | undefined;
}

/**
 * A counter that has seen no text. Features are the tokens of the text's lower case, `\w+|[^\w\s]+` as Python reads it, and
 * each two tokens that follow one another, with a space between; a feature's bucket is the SHA-256 of its UTF-8 modulo 10,000.
 */
export function featureCounter({
  maxPairs = 2 ** 19,
  weights,
}: FeatureCounterOptions = {}): FeatureCounter {
  const tables: Tables = {
    tokens: newTokenTable(maxPairs),
    pairs: newPairTable(maxPairs),
    state: newFeatureState(),
    lowered: newLoweredText(),
    bigram: new Uint8Array(1024),
    digest: { bucket: 0, register: 0, rank: 0 },
    weights,
  };
  return {
    add: (text) => addText(tables, text),
    state: () => {
      takeCounts(tables.state, tables.tokens, tables.pairs);
      forgetCounts(tables.pairs);
      dropRareBigrams(tables.state.frequent, keptBigrams);
      return tables.state;
    },
  };
}

/** Where a text is read: its last token, and the one before that, which has the number `before`; -1 where there is none. */
interface Cursor {
  span: TokenBytesSpan;
  previous: TokenBytesSpan;
  before: number;
}

function addText(tables: Tables, text: Uint8Array): number {
  const { lowered, state } = tables;
  lowerCase(text, lowered);
  const { bytes, length } = lowered;
  const cursor = { span: spanOf(bytes), previous: spanOf(bytes), before: -1 };
  let [unigrams, weight] = [0, 0];
  for (let at = 0; at < length; at = cursor.span.end) {
    cursor.span.start = at;
    if (scanToken(cursor.span, length) === characterClasses.space) continue;
    weight += countToken(tables, cursor);
    unigrams++;
    const { span, previous } = cursor;
    previous.end = span.end;
    cursor.span = previous;
    cursor.previous = span;
  }
  state.documents++;
  state.bytes += text.length;
  state.unigrams += unigrams;
  state.bigrams += Math.max(0, unigrams - 1);
  return weight;
}

function spanOf(bytes: Uint8Array): TokenBytesSpan {
  return { bytes, start: 0, end: 0, hash: hashStart };
}

/** Moves the end of a span to that of the characters of one class that begin at its start. Returns the class. */
function scanToken(span: TokenBytesSpan, length: number): number {
  const { bytes } = span;
  let at = span.start;
  const kind = classAt(bytes, at);
  let hash = hashStart;
  do {
    const byte = bytes[at++] ?? 0;
    hash = hashWith(hash, byte);
    if (byte < 0xc0) continue;
    for (const end = at - 1 + characterLength(byte); at < end; at++) {
      hash = hashWith(hash, bytes[at] ?? 0);
    }
  } while (at < length && classAt(bytes, at) === kind);
  span.end = at;
  span.hash = hash;
  return kind;
}

/** Counts a token and the bigram that it ends. Returns what both weigh. */
function countToken(tables: Tables, cursor: Cursor): number {
  const { tokens, weights } = tables;
  const found = findToken(tokens, cursor.span);
  const token = found === -1 ? tokenWithRoom(tables, cursor) : found;
  tokens.counts[token] = (tokens.counts[token] ?? 0) + 1;
  const bucket = cursor.before === -1 ? -1 : countPair(tables, cursor.before, token);
  cursor.before = token;
  if (weights === undefined) return 0;
  return (weights[tokens.buckets[token] ?? 0] ?? 0) + (bucket === -1 ? 0 : (weights[bucket] ?? 0));
}

/** The number of a token that is new; where there is no room all others are forgotten, but for the one before it. */
function tokenWithRoom(tables: Tables, cursor: Cursor): number {
  const { tokens } = tables;
  const { span, previous, before } = cursor;
  if (hasRoom(tokens, span.end - span.start)) return newToken(tables, span);
  forgetAll(tables);
  if (before !== -1) cursor.before = newToken(tables, previous);
  const found = findToken(tokens, span);
  return found === -1 ? newToken(tables, span) : found;
}

function newToken({ tokens, state, digest }: Tables, span: TokenBytesSpan): number {
  const token = addToken(tokens, span, digest);
  addToSketch(state.distinctUnigrams, digest.register, digest.rank);
  return token;
}

/** Counts a bigram. Returns its bucket. */
function countPair(tables: Tables, first: number, second: number): number {
  const { pairs } = tables;
  const at = findPair(pairs, first, second);
  if (pairs.cells[at] === 0) return newPair(tables, first, second);
  pairs.cells[at + pairCells.count] = (pairs.cells[at + pairCells.count] ?? 0) + 1;
  return pairs.cells[at + pairCells.bucket] ?? 0;
}

function newPair(tables: Tables, first: number, second: number): number {
  const { pairs, state, digest } = tables;
  if (pairs.size >= pairs.maxSize) forgetRarePairs(tables);
  const length = joinBigram(tables, first, second);
  digestFeature(tables.bigram, length, digest);
  addToSketch(state.distinctBigrams, digest.register, digest.rank);
  addPair(pairs, findPair(pairs, first, second), { first, second, bucket: digest.bucket });
  return digest.bucket;
}

/** Puts a bigram's bytes into `bigram`. Returns how many there are. */
function joinBigram(tables: Tables, first: number, second: number): number {
  const { starts, bytes } = tables.tokens;
  const [start, end] = [starts[first] ?? 0, starts[first + 1] ?? 0];
  const [from, to] = [starts[second] ?? 0, starts[second + 1] ?? 0];
  const length = end - start + 1 + to - from;
  if (tables.bigram.length < length) tables.bigram = new Uint8Array(2 * length);
  const { bigram } = tables;
  let next = 0;
  for (let at = start; at < end; at++) bigram[next++] = bytes[at] ?? 0;
  bigram[next++] = 0x20;
  for (let at = from; at < to; at++) bigram[next++] = bytes[at] ?? 0;
  return length;
}

/** Most pairs are met once and never again: they make room. */
function forgetRarePairs({ tokens, pairs, state }: Tables): void {
  takeCounts(state, tokens, pairs);
  keepPairs(pairs, 1 + Math.max(1, largestCut(pairCounts(pairs), pairs.maxSize >> 1)));
}

function forgetAll({ tokens, pairs, state }: Tables): void {
  takeCounts(state, tokens, pairs);
  clearPairs(pairs);
  clearTokens(tokens);
}
