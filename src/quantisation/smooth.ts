import type { Smoothing } from './fold-smoothing.ts';
import type { Layer } from './layer.ts';
import { type ChannelMaxima, smoothingScales } from './smoothing-scales.ts';

/** The smoothing of all layers that it can be folded into something before, by one alpha. */
export function smooth(maxima: ReadonlyMap<Layer, ChannelMaxima>, alpha: number): Smoothing {
  const scales = new Map<Layer, Float32Array>();
  for (const [layer, channels] of maxima) {
    if (layer.fold !== null) scales.set(layer, smoothingScales(channels, alpha));
  }
  return scales;
}
