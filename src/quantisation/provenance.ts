import type { PriorComparison } from '../comparison/prior-comparison.ts';
import { version } from '../version.ts';
import type { Layer } from './layer.ts';
import { workOf } from './measure-sensitivities.ts';
import type { SourceModel } from './source-model.ts';
import type { Recipe } from './write-quantised.ts';

/** What a quantised model was made from and how, for its metadata: so it enters the fingerprint of every run. */
export interface Origin {
  /** The source's `modelFingerprint`. */
  readonly sourceFingerprint: string;
  /** SHA-256 over the tokens of the sample, in hexadecimal. */
  readonly sampleFingerprint: string;
  readonly alpha: number;
}

/** The metadata of a quantised model, by key. */
export function provenance(
  { layers, modelFile }: SourceModel,
  { float32 }: Recipe,
  { sourceFingerprint, sampleFingerprint, alpha }: Origin,
): Record<string, string> {
  const recipe = {
    activations: 'uint8, a scale a row',
    weights: 'int8, a scale a column',
    smoothing: { alpha },
    float32Layers: namesOf(float32),
  };
  return {
    'toedit.version': version,
    'toedit.source': modelFile,
    'toedit.source_fingerprint': sourceFingerprint,
    'toedit.sample_fingerprint': sampleFingerprint,
    'toedit.recipe': JSON.stringify(recipe),
    'toedit.int8_share': int8Share(layers, float32).toFixed(4),
  };
}

/** The names of layers. */
export function namesOf(layers: ReadonlySet<Layer>): readonly string[] {
  return [...layers].map(({ name }) => name);
}

/** The share of the layers' multiplications that is done in int8. */
export function int8Share(layers: readonly Layer[], float32: ReadonlySet<Layer>): number {
  const all = layers.reduce((sum, layer) => sum + workOf(layer), 0);
  const kept = [...float32].reduce((sum, layer) => sum + workOf(layer), 0);
  return 1 - kept / all;
}

/** What `quantiseModel` did. */
export interface QuantisationReport {
  /** The graph that was quantised, absolute. */
  readonly source: string;
  /** The directory of the quantised prior, absolute. */
  readonly output: string;
  /** Its graph, relative to `output`. */
  readonly modelFile: string;
  /** Of the smoothing. */
  readonly alpha: number;
  readonly layers: number;
  /** The names of those that stay in float32. */
  readonly float32Layers: readonly string[];
  /** The share of the layers' multiplications that is done in int8. */
  readonly int8Share: number;
  readonly seconds: number;
  /** On held-out documents of the sample: A is the source. */
  readonly comparison: PriorComparison;
}
