/** The largest absolute values of a layer, by input channel, `[inputs]`. */
export interface ChannelMaxima {
  /** Of its input, over a sample. */
  readonly activations: Float32Array;
  /** Of its weights, over all of its projections. */
  readonly weights: Float32Array;
}

/**
 * By what a layer's input is divided, and its weights multiplied, channel by channel: what is hard to quantise in the one is
 * partly moved into the other. max|X|^alpha / max|W|^(1 - alpha); 1 for channels that are always 0.
 *
 * @param alpha - from 0 (all is left in the activations) to 1 (all is moved into the weights)
 *
 * Source: SmoothQuant (Xiao et al., ICML 2023), equation 4.
 */
export function smoothingScales(maxima: ChannelMaxima, alpha: number): Float32Array {
  return maxima.activations.map((activation, channel) => {
    const weight = maxima.weights[channel] ?? 0;
    if (activation <= 0 || weight <= 0) return 1;
    return activation ** alpha / weight ** (1 - alpha);
  });
}
