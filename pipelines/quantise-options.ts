import type { ModelFileRequest } from '../src/model/find-model-file.ts';

/** Settings of `quantiseModel`. */
export interface QuantiseOptions extends ModelFileRequest {
  /** The prior's directory. */
  readonly model: string;
  /** Files, directories or globs with documents like those that will be edited. */
  readonly calibrate: readonly string[];
  /** The directory of the quantised prior. */
  readonly output: string;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /**
   * The fraction of decisions that may change on the part of the sample that the recipe is chosen on, one standard error added: layers
   * stay in float32 until no more do. @defaultValue 0.001
   */
  readonly keepDecisions?: number | undefined;
  /** Quantise every layer, whatever it costs in decisions. @defaultValue false */
  readonly fast?: boolean | undefined;
  /** The probability at which decisions are counted. @defaultValue 0.99 */
  readonly threshold?: number | undefined;
  /** Inference threads. @defaultValue ONNX Runtime's choice: the physical cores */
  readonly threads?: number | undefined;
  /** Replace what is at `output`. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /** Called at each step, with a line for people. */
  readonly onStep?: ((step: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What stands for options that are left out. */
export const quantiseDefaults = { keepDecisions: 0.001, threshold: 0.99 } as const;
