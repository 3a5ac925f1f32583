import { philox4x32 } from '../../src/random/philox.ts';

/** Random numbers in [0, 1), the same ones for the same seed. */
export function seededRandom(seed: number): () => number {
  const counter = new Uint32Array(4);
  const words = new Uint32Array(4);
  const key = new Uint32Array([seed, 0]);
  return () => {
    counter[0] = (counter[0] ?? 0) + 1;
    philox4x32(counter, key, words);
    return (words[0] ?? 0) / 2 ** 32;
  };
}
