import { uniformDraw } from '../../src/random/uniform-draw.ts';

/** Independent draws, the same ones for the same seed and stream. */
export interface Random {
  /** In [0, 1). */
  readonly uniform: () => number;
  /** Of mean 0 and variance 1. */
  readonly normal: () => number;
}

/**
 * The product's own Philox draws, in order, and normal ones by Box and Muller's transform.
 *
 * @param stream - two unsigned 32-bit numbers: other streams have nothing to do with this one
 */
export function randomStream(
  seed: bigint,
  stream: { readonly low: number; readonly high: number },
): Random {
  const draw = uniformDraw(seed);
  let position = 0;
  const uniform = (): number => draw(stream, position++);
  let spare = Number.NaN;
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    // 1 - u is never 0.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, normal };
}

/** The numbers from 0 to `count` - 1 in random order. */
export function shuffled(count: number, { uniform }: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = kept;
  }
  return order;
}
