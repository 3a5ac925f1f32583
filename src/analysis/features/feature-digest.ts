import { createHash } from 'node:crypto';

/** How many buckets features are hashed into. */
export const bucketCount = 10_000;

/** The index bits of a `DistinctSketch`: 2^14 registers. */
export const sketchBits = 14;

/** What the SHA-256 of a feature decides. */
export interface FeatureDigest {
  /** The whole digest, read as a big-endian number, modulo 10,000. */
  bucket: number;
  /** The first 14 bits of the digest: the register of a `DistinctSketch`. */
  register: number;
  /** One more than the zeros that its second 32 bits begin with: 1 to 33. */
  rank: number;
}

/** The longest message of one block: 64 bytes less a bit and the length. */
const oneBlock = 55;

const constants = Int32Array.of(
  ...[0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4],
  ...[0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe],
  ...[0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f],
  ...[0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7],
  ...[0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc],
  ...[0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b],
  ...[0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116],
  ...[0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
  ...[0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7],
  0xc67178f2,
);

const schedule = new Int32Array(64);
const words = new Int32Array(8);

/**
 * Digests the first `length` bytes. A message of one block is hashed here: a call of `node:crypto` costs several times as much as
 * its block.
 *
 * @param digest - receives what is found
 */
export function digestFeature(bytes: Uint8Array, length: number, digest: FeatureDigest): void {
  if (length <= oneBlock) {
    padBlock(bytes, length);
    hashBlock();
  } else {
    const long = createHash('sha256').update(bytes.subarray(0, length)).digest();
    for (let word = 0; word < 8; word++) words[word] = long.readInt32BE(4 * word);
  }
  let rest = 0;
  for (let word = 0; word < 8; word++) {
    const value = words[word] ?? 0;
    rest = ((rest << 16) + (value >>> 16)) % bucketCount;
    rest = ((rest << 16) + (value & 0xffff)) % bucketCount;
  }
  digest.bucket = rest;
  digest.register = (words[0] ?? 0) >>> (32 - sketchBits);
  digest.rank = Math.clz32(words[1] ?? 0) + 1;
}

function padBlock(bytes: Uint8Array, length: number): void {
  const whole = length >> 2;
  for (let word = 0; word < whole; word++) {
    const at = word << 2;
    schedule[word] =
      ((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0);
  }
  let last = 0x80 << (24 - ((length & 3) << 3));
  for (let at = whole << 2; at < length; at++) last |= (bytes[at] ?? 0) << (24 - ((at & 3) << 3));
  schedule[whole] = last;
  for (let word = whole + 1; word < 15; word++) schedule[word] = 0;
  schedule[15] = length << 3;
}

/** SHA-256 of one block (FIPS 180-4, §6.2). */
function hashBlock(): void {
  for (let t = 16; t < 64; t++) {
    const near = schedule[t - 2] ?? 0;
    const far = schedule[t - 15] ?? 0;
    const s1 = ((near >>> 17) | (near << 15)) ^ ((near >>> 19) | (near << 13)) ^ (near >>> 10);
    const s0 = ((far >>> 7) | (far << 25)) ^ ((far >>> 18) | (far << 14)) ^ (far >>> 3);
    schedule[t] = (s1 + (schedule[t - 7] ?? 0) + s0 + (schedule[t - 16] ?? 0)) | 0;
  }
  let a = 0x6a09e667;
  let b = 0xbb67ae85 | 0;
  let c = 0x3c6ef372;
  let d = 0xa54ff53a | 0;
  let e = 0x510e527f;
  let f = 0x9b05688c | 0;
  let g = 0x1f83d9ab;
  let h = 0x5be0cd19;
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const chosen = (e & f) ^ (~e & g);
    const one = (h + s1 + chosen + (constants[t] ?? 0) + (schedule[t] ?? 0)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  words[0] = (a + 0x6a09e667) | 0;
  words[1] = (b + 0xbb67ae85) | 0;
  words[2] = (c + 0x3c6ef372) | 0;
  words[3] = (d + 0xa54ff53a) | 0;
  words[4] = (e + 0x510e527f) | 0;
  words[5] = (f + 0x9b05688c) | 0;
  words[6] = (g + 0x1f83d9ab) | 0;
  words[7] = (h + 0x5be0cd19) | 0;
}
