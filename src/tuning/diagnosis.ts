import type { Device } from '../inference/engine-options.ts';
import type { Prior } from '../model/load-prior.ts';
import type { DeviceFinding } from './device-findings.ts';
import type { Estimate } from './estimate.ts';
import type { Int8Facts, MachineFacts } from './machine-facts.ts';
import type { StorageFacts } from './storage-facts.ts';
import { isNoisy, type Tuning } from './tune-batching.ts';

/** What `toedit doctor` finds. */
export interface Diagnosis {
  readonly versions: Readonly<Record<'toedit' | 'node' | 'onnxruntime', string>>;
  readonly machine: MachineFacts;
  readonly int8: Int8Facts;
  readonly storage: StorageFacts;
  readonly devices: readonly DeviceFinding[];
  /** Null where it could not be opened: see `error`. */
  readonly prior: PriorFinding | null;
  /** What was measured; null where there is no prior to measure. */
  readonly batching: BatchingFinding | null;
  /** What a corpus takes, by what was measured; null where nothing was. */
  readonly estimate: Estimate | null;
  readonly warnings: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A prior, as it was opened. */
export interface PriorFinding {
  readonly name: string;
  readonly directory: string;
  readonly modelFile: string;
  readonly device: Device;
  /** Of each engine; 0 where ONNX Runtime chose. */
  readonly threads: number;
  readonly engines: number;
  readonly precision: string;
  readonly vocabularySize: number;
  /** The longest window. */
  readonly maxTokens: number;
  /** Why the graph could not be split; null where it was. */
  readonly notSplit: string | null;
  /** The greatest difference of a log-probability from that on the CPU; null where the CPU computes, or cannot open it. */
  readonly largestDifference: number | null;
  readonly fingerprint: string;
}

/** What was measured, and where it is remembered; `file` is null where it could not be written. */
export interface BatchingFinding extends Tuning {
  readonly file: string | null;
}

/** What a user should know of a prior before a long run, each a sentence. */
export function warningsOf({
  prior,
  batching,
  ...found
}: Pick<Diagnosis, 'int8' | 'devices'> & {
  readonly prior: PriorFinding;
  readonly batching: BatchingFinding;
}): readonly string[] {
  const { notSplit, precision } = prior;
  const warnings: string[] = [];
  if (notSplit !== null) {
    warnings.push(
      `the graph cannot be split (${notSplit}): every token meets the whole vocabulary, which takes longer`,
    );
  }
  if (precision !== 'float32') {
    warnings.push(
      `the prior computes in ${precision}: some decisions differ from those in float32`,
    );
  }
  for (const warning of [apartWarning(prior), int8Warning(prior, found.int8)]) {
    if (warning !== null) warnings.push(warning);
  }
  const software = found.devices.find(
    ({ device, isSoftware }) => device !== 'cpu' && device === prior.device && isSoftware,
  );
  if (software !== undefined) {
    warnings.push(`${software.adapter ?? 'a program'} computes on the CPU: --device cpu is faster`);
  }
  if (batching.end === 'refused') {
    const most = batching.passes.at(-1)?.tokens ?? 0;
    warnings.push(`the device refuses micro-batches of more than ${String(most)} tokens`);
  }
  if (isNoisy(batching.passes)) {
    warnings.push(
      'this machine is busy: times of one size lie too far apart. The default is kept, and nothing was remembered: run toedit doctor again once it is idle',
    );
  } else if (batching.file === null) {
    warnings.push('what was measured cannot be remembered: make ~/.cache/toedit writable');
  }
  return warnings;
}

/** What a user should know of a prior that mixes what it reads together (`mixesRows`), as a sentence; null elsewhere. */
export function apartWarning({ precision }: Pick<Prior, 'precision'>): string | null {
  if (!precision.includes('DynamicQuantize')) return null;
  return 'its int8 has one scale for all that is read together, so windows are read one by one, which is slower; toedit quantise makes an int8 prior that has no need of it';
}

/** What a user should know of an int8 prior on a processor that has no instruction for it, as a sentence; null elsewhere. */
export function int8Warning(
  { device, precision }: Pick<Prior, 'device' | 'precision'>,
  { hasDotProduct, speed }: Int8Facts,
): string | null {
  if (device !== 'cpu' || !precision.startsWith('int8') || hasDotProduct !== false) return null;
  const measured =
    speed === null
      ? 'int8 may be slower than float32 here'
      : `int8 runs at ${speed.toFixed(1)} times the speed of float32 here (measured)`;
  return `this processor has no 8-bit dot product (such as VNNI): ${measured}; it is as exact as elsewhere`;
}
