import { digestFeature, type FeatureDigest } from './feature-digest.ts';

/** Tokens by number, so that a pair of them is two numbers. Grows up to a bound. */
export interface TokenTable {
  /** By hash, two numbers a slot: one more than the number of a token, 0 where there is none, and its hash. A power of two of slots. */
  slots: Int32Array;
  size: number;
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
    slots: new Int32Array(2 * 2 * leastSize),
    size: 0,
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
  const { slots, starts } = table;
  const mask = slots.length / 2 - 1;
  const length = span.end - span.start;
  for (let slot = spread(span.hash) & mask; ; slot = (slot + 1) & mask) {
    const id = (slots[2 * slot] ?? 0) - 1;
    if (id < 0) return -1;
    if (slots[2 * slot + 1] !== span.hash) continue;
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
  table.counts[id] = 0;
  digestFeature(table.bytes.subarray(start, start + length), length, digest);
  table.buckets[id] = digest.bucket;
  place(table.slots, id, span.hash);
  return id;
}

function place(slots: Int32Array, id: number, hash: number): void {
  const mask = slots.length / 2 - 1;
  let slot = spread(hash) & mask;
  while (slots[2 * slot] !== 0) slot = (slot + 1) & mask;
  slots[2 * slot] = id + 1;
  slots[2 * slot + 1] = hash;
}

function grow(table: TokenTable, length: number): void {
  const used = table.starts[table.size] ?? 0;
  if (used + length > table.bytes.length) {
    table.bytes = copied(table.bytes, new Uint8Array(2 * (used + length)));
  }
  if (table.size < table.counts.length) return;
  const size = 2 * table.size;
  table.starts = copied(table.starts, new Int32Array(size + 1));
  table.counts = copied(table.counts, new Float64Array(size));
  table.buckets = copied(table.buckets, new Uint16Array(size));
  const { slots } = table;
  table.slots = new Int32Array(2 * 2 * size);
  for (let at = 0; at < slots.length; at += 2) {
    if (slots[at] !== 0) place(table.slots, (slots[at] ?? 0) - 1, slots[at + 1] ?? 0);
  }
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
