import type { ModelConfig } from '../model/read-model-config.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import type { QuantisableModel } from './find-layers.ts';

/** A float32 model that is to be quantised. */
export interface SourceModel extends QuantisableModel, Pick<ModelConfig, 'headSize'> {
  /** The model directory. */
  readonly root: string;
  /** The graph, relative to it. */
  readonly modelFile: string;
  /** The graph. */
  readonly path: string;
  /** Where its external data are named from. */
  readonly directory: string;
  readonly model: OnnxModel;
}

/** Where probes of a model are written and run. */
export interface Workplace {
  /** An empty directory. */
  readonly directory: string;
  /** Threads inside one operation; 0 lets ONNX Runtime choose. */
  readonly threads: number;
  /** Ends the work between two passes. */
  readonly signal?: AbortSignal | undefined;
}
