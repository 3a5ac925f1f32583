import { requireSeed } from '../options.ts';
import type { DocumentKey } from './document-key.ts';
import { philox4x32 } from './philox.ts';

/** The draw that belongs to a token of a document: a number in [0, 1). Position counts tokens from 0. */
export type UniformDraw = (document: DocumentKey, position: number) => number;

/**
 * The uniform draws of a seed: the same seed, document key and position give the same number, whatever else is drawn.
 *
 * A draw is 53 bits of Philox4x32-10 under the key (seed low, seed high), at the counter (document key low, document
 * key high, position, 0): `((w0 >> 5) * 2^26 + (w1 >> 6)) / 2^53`. Specification: docs/algorithm.md.
 *
 * @param seed - an unsigned 64-bit number
 * @throws ToeditError `BAD_OPTION` where the seed is outside 0 to 2^64 - 1
 */
export function uniformDraw(seed: bigint): UniformDraw {
  requireSeed(seed);
  const key = Uint32Array.of(Number(seed & 0xffffffffn), Number(seed >> 32n));
  const counter = new Uint32Array(4);
  const words = new Uint32Array(4);
  return (document, position) => {
    counter[0] = document.low;
    counter[1] = document.high;
    counter[2] = position;
    counter[3] = RESAMPLING_STREAM;
    philox4x32(counter, key, words);
    const high = (words[0] ?? 0) >>> 5;
    const low = (words[1] ?? 0) >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
}

/** The last counter word keeps further kinds of draws at the same token apart from this one. */
const RESAMPLING_STREAM = 0;
