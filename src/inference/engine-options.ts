import { availableParallelism } from 'node:os';
import type { ToeditError } from '../errors.ts';
import type { Past } from '../onnx/find-cut.ts';
import type { OnnxValue } from '../onnx/onnx-model.ts';
import type { SplitOptions } from '../onnx/split-model.ts';
import { badOption } from '../options.ts';

/** Where inference runs. */
export type Device = 'cpu' | 'cuda' | 'webgpu';

/**
 * How a prior is split for a device. Under WebGPU the hidden state and the logits stay on the device (docs/decisions/devices.md): ONNX
 * Runtime would leave LogSoftmax to the CPU.
 */
export function splitOptionsOn(device: Device): Required<SplitOptions> {
  return device === 'webgpu'
    ? { summation: 'exponentials', gathersStates: true }
    : { summation: 'log-softmax', gathersStates: false };
}

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
  /** Whether windows are read one by one, as the graph mixes those that it reads together. */
  readonly windowsApart: boolean;
  /** What a window's beginning leaves for its rest; none where windows run whole. */
  readonly pasts: readonly Past[];
  /** Size of one attention head, where the graph leaves it open. */
  readonly headSize: number;
  readonly vocabularySize: number;
  /** Bound on the logits alive at once, in bytes. */
  readonly logitsBytes: number;
}

/** Which engines are wanted. */
export interface EngineRequest {
  /** What kind of device all of them run on. @defaultValue that of `devices`, else 'cpu' */
  readonly device?: Device | undefined;
  /** A device for each engine, such as `cuda:0`; `cpu*4` stands for four. @defaultValue one, on `device` */
  readonly devices?: readonly string[] | undefined;
  /** Threads of all engines together; 0 stands for the default. @defaultValue of one engine ONNX Runtime's choice, else the cores */
  readonly threads?: number | undefined;
}

/** One place or more. */
export type EnginePlaces = readonly [EnginePlace, ...EnginePlace[]];

/**
 * Says where each engine runs. Threads are divided among them, at least one each. Devices of different kinds would round
 * differently, and which of them scored a document is chance: they are refused, since a run gives the same bytes every time.
 *
 * @throws ToeditError BAD_OPTION naming the device and the remedy.
 */
export function resolveEngines({ device, devices, threads = 0 }: EngineRequest): EnginePlaces {
  const [first, ...others] = (devices ?? [device ?? 'cpu']).flatMap(parseDevice);
  const count = others.length + 1;
  if (first === undefined || count > mostEngines) {
    throw refuse(devices, `give 1 to ${String(mostEngines)} of them, such as cuda:0,cuda:1`);
  }
  refuseTogether(first, others, devices);
  if (device !== undefined && first.device !== device) {
    throw refuse(devices, `the device is ${device}: name devices of that kind`);
  }
  const dealt = Math.max(1, Math.floor((threads || availableParallelism()) / count));
  const own = { threads: count === 1 ? threads : dealt };
  return [{ ...first, ...own }, ...others.map((place) => ({ ...place, ...own }))];
}

function refuseTogether(
  first: Pick<EnginePlace, 'device'>,
  others: readonly Pick<EnginePlace, 'device'>[],
  devices: readonly string[] | undefined,
): void {
  if (others.some((place) => place.device !== first.device)) {
    throw refuse(devices, 'they must be of one kind, since kinds of devices round differently');
  }
  if (first.device === 'webgpu' && others.length > 0) {
    throw refuse(devices, `${oneWebgpu}: give webgpu once`);
  }
}

const mostEngines = 256;

/** https://github.com/microsoft/onnxruntime/issues/32561 */
const oneWebgpu =
  'two engines on WebGPU that compute at once can end the process (microsoft/onnxruntime#32561)';

function parseDevice(text: string): readonly Omit<EnginePlace, 'threads'>[] {
  const [, device, id, count = '1'] = pattern.exec(text) ?? [];
  if (device === undefined || Number(count) > mostEngines) {
    throw refuse([text], 'name cpu, cpu*4 (four on the cores), cuda, cuda:0 or webgpu');
  }
  const place = {
    device: device as Device,
    ...(id === undefined ? {} : { deviceId: Number(id) }),
  };
  return Array.from({ length: Number(count) }, () => place);
}

/** ONNX Runtime takes an index for CUDA devices only. */
const pattern = /^(cpu|webgpu|cuda)(?:(?<=cuda):(\d{1,3}))?(?:\*([1-9]\d{0,2}))?$/;

function refuse(devices: readonly string[] | undefined, remedy: string): ToeditError {
  return badOption('devices', devices?.join(',') ?? '', `${remedy}.`);
}

/** How windows are brought together in micro-batches. */
export interface Batching {
  /** Tokens of a micro-batch, padding included; a longer window runs alone. */
  readonly maxBatchTokens: number;
  /** The fixed cost of one forward pass, in tokens: where padding would cost more, windows run apart. */
  readonly runTokens: number;
}

/** Where nothing was measured: what a model of 135M parameters does well with on two cores. */
export const defaultBatching: Batching = { maxBatchTokens: 1024, runTokens: 64 };
