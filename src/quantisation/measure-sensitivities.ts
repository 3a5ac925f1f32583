import type { ProbeRequest } from '../inference/open-probe.ts';
import type { Layer } from './layer.ts';
import { gateOf, rewriteLayers } from './rewrite-layers.ts';
import type { Smoothing } from './smooth.ts';
import type { SourceModel, Workplace } from './source-model.ts';
import { writeProbe } from './write-quantised.ts';

/**
 * How far each layer, quantised alone, moves the hidden state that the head reads: the mean over tokens of its squared distance
 * from that in float32, by the squared length of that. Such errors of several layers add up, roughly.
 *
 * @param windows - of one length
 * @throws ToeditError MODEL_INVALID where ONNX Runtime fails; the signal's reason.
 */
export async function measureSensitivities(
  source: SourceModel,
  smoothing: Smoothing,
  windows: Omit<ProbeRequest, 'scalars'>,
  workplace: Workplace,
): Promise<ReadonlyMap<Layer, number>> {
  const { model, layers, hidden } = source;
  const graph = rewriteLayers(model, { layers, smoothing, styleOf: () => 'gated' });
  const scalars = layers.map(gateOf);
  const probeGraph = { name: 'gates', ...graph, scalars, outputs: [hidden] };
  await using probe = await writeProbe(source, probeGraph, workplace);
  const closed = Object.fromEntries(scalars.map((gate) => [gate, 0]));
  const run = async (open: Readonly<Record<string, number>>): Promise<Float32Array> => {
    const values = await probe.run({ ...windows, scalars: { ...closed, ...open } });
    return values[hidden] ?? new Float32Array();
  };
  const tokens = windows.size * windows.width;
  const exact = await run({});
  const sensitivities = new Map<Layer, number>();
  for (const layer of layers) {
    workplace.signal?.throwIfAborted();
    sensitivities.set(layer, distance(exact, await run({ [gateOf(layer)]: 1 }), tokens));
  }
  return sensitivities;
}

/** The mean over rows of |b - a|² / |a|². */
function distance(a: Float32Array, b: Float32Array, rows: number): number {
  const width = a.length / rows;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let [error, length] = [0, 0];
    for (let i = row * width; i < (row + 1) * width; i++) {
      error += ((b[i] ?? 0) - (a[i] ?? 0)) ** 2;
      length += (a[i] ?? 0) ** 2;
    }
    sum += length === 0 ? 0 : error / length;
  }
  return sum / rows;
}

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
