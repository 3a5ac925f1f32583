import { parentPort, workerData } from 'node:worker_threads';
import { env, InferenceSession } from 'onnxruntime-node';
import { answerRequests, type WorkerStart } from '../../worker-protocol.ts';
import type { EngineOptions } from '../engine-options.ts';
import type { MicroBatch } from '../micro-batch.ts';
import { hasInt8DotProduct, readCpuinfo } from '../processor.ts';
import type { WorkerAnswer } from '../start-engine.ts';
import { type EarlyExit, openEarlyExit } from './early-exit.ts';
import { openBody } from './open-body.ts';
import { type Sessions, scoreMicroBatch } from './score-micro-batch.ts';
import { type SessionPart, sessionOptions } from './session-options.ts';

const port = parentPort;
if (port === null) throw new Error('inference-worker must run in a worker thread');
const { settings: options, closing } = workerData as WorkerStart<EngineOptions>;
const post = (answer: WorkerAnswer, transfer: ArrayBuffer[] = []): void => {
  port.postMessage(answer, transfer);
};
const fail = (error: unknown): void => {
  post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
};

const hasDotProduct = hasInt8DotProduct(await readCpuinfo());
let exit: Promise<EarlyExit> | null = null;

try {
  const sessions = await open();
  answerRequests<MicroBatch>(port, {
    closing,
    answer: (batch) => answer(sessions, batch),
    end: () => release(sessions),
  });
  post({ kind: 'ready' });
} catch (error) {
  fail(error);
}

async function open(): Promise<Sessions> {
  // Errors are thrown; the log would repeat them on the terminal.
  env.logLevel = 'fatal';
  const body = await create(options.body, 'body');
  if (options.head === null) return { body, head: null, earlyExit: null };
  const head = await create(options.head, 'head');
  return { body: openBody(body, options), head, earlyExit: earlyExitOpener() };
}

/** It is opened when it is wanted first: a run that wants all scores does not pay for it. */
function earlyExitOpener(): Sessions['earlyExit'] {
  const { earlyExit, vocabularySize, logitsBytes } = options;
  if (earlyExit === null) return null;
  const openSession = (model: string | Uint8Array): Promise<InferenceSession> =>
    create(model, 'head');
  return (hidden) => {
    exit ??= openEarlyExit({
      ...{ ...earlyExit, hidden, vocabularySize, logitsBytes, openSession },
    });
    return exit;
  };
}

async function release({ body, head }: Sessions): Promise<void> {
  await body.release();
  await head?.release();
  await (await exit)?.release();
}

function create(model: string | Uint8Array, part: SessionPart): Promise<InferenceSession> {
  const settings = sessionOptions(options, part, hasDotProduct);
  return typeof model === 'string'
    ? InferenceSession.create(model, settings)
    : InferenceSession.create(model, settings);
}

async function answer(sessions: Sessions, batch: MicroBatch): Promise<void> {
  try {
    const scores = await scoreMicroBatch(sessions, batch, options);
    post({ kind: 'scores', scores });
  } catch (error) {
    fail(error);
  }
}
