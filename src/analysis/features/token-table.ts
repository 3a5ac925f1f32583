import { digestFeature, type FeatureDigest } from './feature-digest.ts';

/** Tokens by number, so that a pair of them is two numbers. Grows up to a bound. */
export interface TokenTable {
  /** One more than the number of a token, by hash; 0 where there is none. Its length is a power of two. */
  slots: Int32Array;
  size: number;
  hashes: Int32Array;
  /** Where each token's bytes begin in `bytes`; `starts[size]` is where the next begin. */
  starts: Int32Array;
  bytes: Uint8Array;
  /** How often each was met since the counts were taken last. */
  counts: Float64Array;
  buckets: Uint16Array;
  readonly maxSize: number;
  readonly maxBytes: number;
}

/** The hash of no bytes (FNV-1a). */
export const hashStart = 0x811c9dc5 | 0;

/** The hash of bytes, and one more. */
export function hashWith(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

const leastSize = 1024;

/** An empty table. */
export function newTokenTable(maxSize: number): TokenTable {
  return {
    slots: new Int32Array(2 * leastSize),
    size: 0,
    hashes: new Int32Array(leastSize),
    starts: new Int32Array(leastSize + 1),
    bytes: new Uint8Array(16 * leastSize),
    counts: new Float64Array(leastSize),
    buckets: new Uint16Array(leastSize),
    maxSize,
    maxBytes: 32 * maxSize,
  };
}

/** Bytes and their hash. */
export interface TokenBytesSpan {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  hash: number;
}

/** The number of a token that is in the table; -1 where it is not. */
export function findToken(table: TokenTable, span: TokenBytesSpan): number {
  const { slots, hashes, starts } = table;
  const mask = slots.length - 1;
  const length = span.end - span.start;
  for (let slot = spread(span.hash) & mask; ; slot = (slot + 1) & mask) {
    const id = (slots[slot] ?? 0) - 1;
    if (id < 0) return -1;
    if (hashes[id] !== span.hash) continue;
    const start = starts[id] ?? 0;
    if ((starts[id + 1] ?? 0) - start === length && isSame(table.bytes, start, span)) return id;
  }
}

function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}

function isSame(bytes: Uint8Array, start: number, span: TokenBytesSpan): boolean {
  const offset = start - span.start;
  for (let at = span.start; at < span.end; at++) {
    if (bytes[at + offset] !== span.bytes[at]) return false;
  }
  return true;
}

/** Whether the table may take another token of so many bytes: one always has room in an empty table. */
export function hasRoom(table: TokenTable, length: number): boolean {
  if (table.size === 0) return true;
  const used = table.starts[table.size] ?? 0;
  return table.size < table.maxSize && used + length <= table.maxBytes;
}

/** Adds a token that is not there. Returns its number. */
export function addToken(table: TokenTable, span: TokenBytesSpan, digest: FeatureDigest): number {
  const length = span.end - span.start;
  grow(table, length);
  const id = table.size++;
  const start = table.starts[id] ?? 0;
  table.bytes.set(span.bytes.subarray(span.start, span.end), start);
  table.starts[id + 1] = start + length;
  table.hashes[id] = span.hash;
  table.counts[id] = 0;
  digestFeature(table.bytes.subarray(start, start + length), length, digest);
  table.buckets[id] = digest.bucket;
  place(table, id);
  return id;
}

function place({ slots, hashes }: TokenTable, id: number): void {
  const mask = slots.length - 1;
  let slot = spread(hashes[id] ?? 0) & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = id + 1;
}

function grow(table: TokenTable, length: number): void {
  const used = table.starts[table.size] ?? 0;
  if (used + length > table.bytes.length) {
    table.bytes = copied(table.bytes, new Uint8Array(2 * (used + length)));
  }
  if (table.size < table.hashes.length) return;
  const size = 2 * table.size;
  table.hashes = copied(table.hashes, new Int32Array(size));
  table.starts = copied(table.starts, new Int32Array(size + 1));
  table.counts = copied(table.counts, new Float64Array(size));
  table.buckets = copied(table.buckets, new Uint16Array(size));
  table.slots = new Int32Array(2 * size);
  for (let id = 0; id < table.size; id++) place(table, id);
}

function copied<Values extends { set(values: Values): void }>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}

/** Forgets all tokens. Memory that one long token took is given back. */
export function clearTokens(table: TokenTable): void {
  table.slots.fill(0);
  table.size = 0;
  if (table.bytes.length > 2 * table.maxBytes) table.bytes = new Uint8Array(table.maxBytes);
}
