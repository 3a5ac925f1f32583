import type { Device } from '../inference/engine-options.ts';
import type { Int8Facts } from '../tuning/int8-facts.ts';
import type { MachineFacts } from '../tuning/machine-facts.ts';
import type { Tuning } from '../tuning/tuning-file.ts';

/** What `toedit doctor` finds. */
export interface Diagnosis {
  readonly versions: Readonly<Record<'toedit' | 'node' | 'onnxruntime', string>>;
  readonly machine: MachineFacts;
  readonly int8: Int8Facts;
  readonly devices: readonly DeviceFinding[];
  /** Null where it could not be opened: see `error`. */
  readonly prior: PriorFinding | null;
  /** What was measured; null where there is no prior to measure. */
  readonly batching: BatchingFinding | null;
  readonly warnings: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Whether ONNX Runtime can open a device, and why not. */
export interface DeviceFinding {
  readonly device: Device;
  readonly problem: string | null;
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
  readonly fingerprint: string;
}

/** What was measured, and where it is remembered; `file` is null where it could not be written. */
export interface BatchingFinding extends Tuning {
  readonly file: string | null;
}
