import type { Layer } from './layer.ts';

/**
 * The layers that stay in float32 so that at most a share of the error is left: those that move the result most for the work
 * that int8 saves on them come first.
 *
 * @param sensitivities - squared errors, which add up
 * @param share - from 0 (all layers) to 1 (none)
 */
export function mostSensitive(
  sensitivities: ReadonlyMap<Layer, number>,
  share: number,
): ReadonlySet<Layer> {
  const costOf = (layer: Layer): number => (sensitivities.get(layer) ?? 0) / workOf(layer);
  const order = [...sensitivities.keys()].sort((a, b) => costOf(b) - costOf(a));
  const all = [...sensitivities.values()].reduce((sum, error) => sum + error, 0);
  const kept = new Set<Layer>();
  let left = all;
  for (const layer of order) {
    // What is left of the sum is rounded: it may be 0 too early.
    if (share > 0 && left <= share * all) break;
    kept.add(layer);
    left -= sensitivities.get(layer) ?? 0;
  }
  return kept;
}

/** Multiplications a token. */
export function workOf({ projections }: Layer): number {
  return projections.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0);
}
