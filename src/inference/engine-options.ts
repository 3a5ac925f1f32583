import type { Past } from '../onnx/find-pasts.ts';
import type { OnnxValue } from '../onnx/onnx-model.ts';

/** Where inference runs. */
export type Device = 'cpu' | 'cuda' | 'webgpu';

/** Where one engine runs. */
export interface EnginePlace {
  readonly device: Device;
  /** Which of the machine's devices of that kind, from 0. @defaultValue ONNX Runtime's choice: the first */
  readonly deviceId?: number | undefined;
  /** Threads inside one operation; 0 lets ONNX Runtime choose. */
  readonly threads: number;
}

/** What an early exit is made of. */
export interface EarlyExitParts {
  /** The graph of `weightRows`: a file, or its bytes. */
  readonly weightRows: string | Uint8Array;
  /** The vocabulary's size by the graph; null where it does not state it. */
  readonly columns: number | null;
}

/** All that an inference worker needs to open a prior. */
export interface EngineOptions extends EnginePlace {
  /** The body, or the whole model with the head appended: a file, or its bytes. */
  readonly body: string | Uint8Array;
  /** The scoring head; null where it is appended to the body. */
  readonly head: string | Uint8Array | null;
  /** What the early exit is made of; null where the head has none. */
  readonly earlyExit: EarlyExitParts | null;
  /** The value between body and head; null where the head is appended. */
  readonly hidden: string | null;
  readonly inputs: readonly Pick<OnnxValue, 'name' | 'elementType' | 'shape'>[];
  /** What a window's beginning leaves for its rest; none where windows run whole. */
  readonly pasts: readonly Past[];
  /** Size of one attention head, where the graph leaves it open. */
  readonly headSize: number;
  readonly vocabularySize: number;
  /** Bound on the logits alive at once, in bytes. */
  readonly logitsBytes: number;
}
