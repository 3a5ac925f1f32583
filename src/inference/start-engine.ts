import { messageOf, ToeditError } from '../errors.ts';
import { makeNode, makeValue } from '../onnx/make-onnx.ts';
import { writeOnnxModel } from '../onnx/onnx-file.ts';
import { elementTypes } from '../onnx/onnx-model.ts';
import { type Calls, startWorker, type WorkerThread } from '../worker-protocol.ts';
import type { Device, EngineOptions, EnginePlace } from './engine-options.ts';
import type { MicroBatch, MicroBatchScores } from './micro-batch.ts';

/** What the inference worker answers. */
export interface InferenceCalls {
  /** Once its sessions are open. */
  ready: { readonly question: null; readonly answer: null };
  score: { readonly question: MicroBatch; readonly answer: MicroBatchScores };
}

/** A prior's forward pass, in a thread of its own: ONNX Runtime blocks the thread that calls it. */
export interface Engine {
  /**
   * Queues one micro-batch; answers come in the order of the calls.
   *
   * @throws ToeditError INFERENCE_FAILED where the device refuses this micro-batch; ENGINE_DIED where the thread has
   * ended: then it refuses all that wait, and all that come.
   */
  score(batch: MicroBatch): Promise<MicroBatchScores>;
  /** Ends the thread; waiting calls are rejected. */
  close(): Promise<void>;
}

/**
 * Starts an inference worker and opens its sessions.
 *
 * @throws ToeditError DEVICE_UNAVAILABLE where the device cannot be used, MODEL_INVALID where ONNX Runtime refuses
 * the graph.
 */
export async function startEngine(options: EngineOptions, name: string): Promise<Engine> {
  const url = new URL('./worker/inference-worker.js', import.meta.url);
  const worker = startRuntime<InferenceCalls>(url, 'inference', options);
  try {
    await worker.call('ready', null);
  } catch (error) {
    await worker.close();
    throw openError(options, name, error);
  }
  return {
    score: (batch) =>
      worker.call('score', batch).catch((error: unknown) => {
        throw worker.isAlive() ? failed(name, error) : died(name, error);
      }),
    close: () => worker.close(),
  };
}

function failed(name: string, cause: unknown): ToeditError {
  const message = `inference with ${name} failed: ${reasonOf(cause)}`;
  return new ToeditError('INFERENCE_FAILED', message, { cause });
}

function died(name: string, cause: unknown): ToeditError {
  const message = `inference with ${name} ended: ${reasonOf(cause)}; open the prior again`;
  return new ToeditError('ENGINE_DIED', message, { cause });
}

/** ONNX Runtime's messages may have several lines. */
function reasonOf(cause: unknown): string {
  const message = messageOf(cause);
  return message.replaceAll(/\s+/gu, ' ').trim();
}

function openError(options: EngineOptions, name: string, cause: unknown): ToeditError {
  const reason = reasonOf(cause);
  if (options.device !== 'cpu' && !modelErrors.test(reason)) {
    const remedy = deviceRemedies[options.device];
    const message = `device ${deviceName(options)} is not available: ${reason}. ${remedy}`;
    return new ToeditError('DEVICE_UNAVAILABLE', message, { cause });
  }
  const message = `ONNX Runtime cannot open ${name}: ${reason}`;
  return new ToeditError('MODEL_INVALID', message, { cause });
}

/** How ONNX Runtime begins to speak of a model, whatever the device. */
const modelErrors = /invalid model|load model|parsing failed|external data|not a registered/iu;

const deviceRemedies = {
  cuda:
    'Install a CUDA 12 driver and run `node node_modules/onnxruntime-node/script/install.js ' +
    '--onnxruntime-node-install=cuda12`, or use --device cpu.',
  webgpu: 'It needs a GPU with a Vulkan driver; use --device cpu without one.',
} as const;

/** Opens a device with a graph of one operation. Returns why it cannot be, and the remedy; null where it can. */
export async function tryDevice(device: Device): Promise<string | null> {
  const none = { head: null, earlyExit: null, hidden: null, inputs: [], pasts: [] };
  const sizes = { headSize: 1, vocabularySize: 1, logitsBytes: 4 };
  const options = { ...none, ...sizes, body: leastModel(), device, threads: 1 };
  try {
    const engine = await startEngine(options, `a trial graph on ${device}`);
    await engine.close();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function leastModel(): Uint8Array {
  return writeOnnxModel(
    // ModelProto `ir_version` = 8, which goes with operator set 18.
    { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', 18]]) },
    {
      nodes: [makeNode('Neg', { inputs: ['x'], outputs: ['y'] })],
      initializers: [],
      inputs: [makeValue('x', elementTypes.float, [1])],
      outputs: [makeValue('y', elementTypes.float, [1])],
    },
  );
}

/** Starts a worker that uses ONNX Runtime, which blocks the thread that calls it. */
export function startRuntime<Kinds extends Calls<Kinds>>(
  module: URL,
  name: string,
  settings?: unknown,
): WorkerThread<Kinds> {
  // ONNX Runtime's Linux build would report to its makers and leave files in the temporary directory; it asks the
  // environment of the process, of which a worker thread has but a copy.
  // eslint-disable-next-line no-restricted-syntax -- there is no other way to pass it
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  return startWorker(module, { name, settings });
}

/** What people call the device of an engine: `cpu`, `cuda:1`. */
export function deviceName({ device, deviceId }: Pick<EnginePlace, 'device' | 'deviceId'>): string {
  return deviceId === undefined ? device : `${device}:${String(deviceId)}`;
}
