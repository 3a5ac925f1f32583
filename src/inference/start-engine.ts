import { messageOf, ToeditError } from '../errors.ts';
import { type Calls, startWorker, type WorkerThread } from '../worker-protocol.ts';
import type { EngineOptions, EnginePlace } from './engine-options.ts';
import type { MicroBatch, MicroBatchScores } from './micro-batch.ts';
import { scoreOneByOne } from './score-one-by-one.ts';

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
  /** Whether it reads windows one by one: a window's scores would depend on those beside it. */
  readonly windowsApart: boolean;
  /** Ends the thread; waiting calls are rejected. */
  close(): Promise<void>;
}

/**
 * Starts an inference worker, opens its sessions, and tries them: a graph that scores nothing would fail on every text.
 *
 * @throws ToeditError DEVICE_UNAVAILABLE where the device cannot be used, MODEL_INVALID where ONNX Runtime refuses
 * the graph, or it does not score a few tokens.
 */
export async function startEngine(options: EngineOptions, name: string): Promise<Engine> {
  const worker = await openWorker(options, name);
  try {
    await tryScoring(worker, options);
  } catch (error) {
    await worker.close();
    throw openError(options, { name, failing: 'does not score three tokens', error });
  }
  const score = (batch: MicroBatch): Promise<MicroBatchScores> =>
    worker.call('score', batch).catch((error: unknown) => {
      throw worker.isAlive() ? failed(name, error) : died(name, error);
    });
  const windowsApart = options.windowsApart || (await dependsOnPadding(worker, options));
  return {
    windowsApart,
    score: (batch) => (windowsApart ? scoreOneByOne(batch, score) : score(batch)),
    close: () => worker.close(),
  };
}

/**
 * Whether a window's scores differ in any bit where a longer one stands beside it, on the CPU: some graphs reckon with the length of the
 * longest (MPT adds numbers that grow with it to its attention, which cancel out but for rounding). Other devices round by shape anyway.
 */
async function dependsOnPadding(
  worker: WorkerThread<InferenceCalls>,
  { device, vocabularySize }: EngineOptions,
): Promise<boolean> {
  if (device !== 'cpu') return false;
  const [short, width] = [13, 24];
  const topK = Math.min(32, vocabularySize);
  const tokenIds = Int32Array.from(
    { length: 2 * width },
    (_, at) => (31 * at + 7) % vocabularySize,
  );
  const asked = { tokenIds, topK, logThreshold: Number.NEGATIVE_INFINITY };
  const together = { ...asked, size: 2, width, spans: Int32Array.of(1, short, width, width) };
  const alone = {
    ...{ ...asked, size: 1, width: short, spans: Int32Array.of(1, short) },
    tokenIds: tokenIds.slice(0, short),
  };
  try {
    const a = await worker.call('score', alone);
    const b = await worker.call('score', together);
    return [...a.topLogprobs].some((value, at) => value !== b.topLogprobs[at]);
  } catch {
    // A model for fewer tokens, or for one window at once: what it refuses is halved, down to single windows.
    return false;
  }
}

async function openWorker(
  options: EngineOptions,
  name: string,
): Promise<WorkerThread<InferenceCalls>> {
  const url = new URL('./worker/inference-worker.js', import.meta.url);
  const worker = startRuntime<InferenceCalls>(url, 'inference', options);
  try {
    await worker.call('ready', null);
    return worker;
  } catch (error) {
    await worker.close();
    throw openError(options, { name, failing: 'cannot be opened by ONNX Runtime', error });
  }
}

/** Two windows of three tokens; a graph may be made for one window at once. */
async function tryScoring(
  worker: WorkerThread<InferenceCalls>,
  { vocabularySize }: EngineOptions,
): Promise<void> {
  const trial = (size: number, to: number): MicroBatch => ({
    ...{ size, width: 3, logThreshold: 0, topK: 1 },
    tokenIds: Int32Array.from({ length: 3 * size }, (_, at) => (7 * at + 1) % vocabularySize),
    spans: Int32Array.from({ length: 2 * size }, (_, at) => (at % 2 === 0 ? 1 : to)),
  });
  const attempt = async (): Promise<unknown> => {
    try {
      return await worker.call('score', trial(1, 3));
    } catch (error) {
      // Of one prediction it may be said in words of our own what is wrong with the others.
      await worker.call('score', trial(1, 2));
      throw error;
    }
  };
  await worker.call('score', trial(2, 3)).catch(attempt);
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

interface Opening {
  readonly name: string;
  readonly failing: string;
  readonly error: unknown;
}

function openError(options: EngineOptions, { name, failing, error: cause }: Opening): ToeditError {
  const reason = reasonOf(cause);
  if (options.device !== 'cpu' && !modelErrors.test(reason)) {
    const remedy = deviceRemedies[options.device];
    const message = `device ${deviceName(options)} is not available: ${reason}. ${remedy}`;
    return new ToeditError('DEVICE_UNAVAILABLE', message, { cause });
  }
  const message = `${name} ${failing}: ${reason}`;
  return new ToeditError('MODEL_INVALID', message, { cause });
}

/** How ONNX Runtime begins to speak of a model, whatever the device, and how we do. */
const modelErrors =
  /^its? |invalid model|load model|parsing failed|external data|not a registered/iu;

/** What a user may do about a device that cannot be used. */
export const deviceRemedies = {
  cuda:
    'Run `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12`; ' +
    '`toedit doctor` says which libraries that needs, and what brings them; or use --device cpu.',
  webgpu: 'It needs a GPU with a Vulkan driver; use --device cpu without one.',
} as const;

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
