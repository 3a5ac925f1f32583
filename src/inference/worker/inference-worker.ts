import { env, InferenceSession } from 'onnxruntime-node';
import { answerCalls } from '../../worker-protocol.ts';
import type { EngineOptions } from '../engine-options.ts';
import { hasInt8DotProduct, readCpuinfo } from '../processor.ts';
import type { InferenceCalls } from '../start-engine.ts';
import { type EarlyExit, openEarlyExit } from './early-exit.ts';
import { openBody } from './open-body.ts';
import { type Sessions, scoreMicroBatch } from './score-micro-batch.ts';
import { bodyOptions, sessionOptions } from './session-options.ts';

const hasDotProduct = hasInt8DotProduct(await readCpuinfo());
let exit: Promise<EarlyExit> | null = null;

answerCalls<InferenceCalls, EngineOptions>(async (options) => {
  const sessions = await open(options);
  return {
    answers: {
      ready: () => null,
      score: (batch) => scoreMicroBatch(sessions, batch, options),
    },
    release: () => release(sessions),
  };
});

async function open(options: EngineOptions): Promise<Sessions> {
  // Errors are thrown; the log would repeat them on the terminal.
  env.logLevel = 'fatal';
  const body = await create(options.body, bodyOptions(options, hasDotProduct));
  if (options.head === null) return { body, head: null, earlyExit: null };
  const head = await create(options.head, sessionOptions(options, 'head', hasDotProduct));
  return { body: openBody(body, options), head, earlyExit: earlyExitOpener(options) };
}

/** It is opened when it is wanted first: a run that wants all scores does not pay for it. */
function earlyExitOpener(options: EngineOptions): Sessions['earlyExit'] {
  const { earlyExit, vocabularySize, logitsBytes } = options;
  if (earlyExit === null) return null;
  const openSession = (model: string | Uint8Array): Promise<InferenceSession> =>
    create(model, sessionOptions(options, 'head', hasDotProduct));
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

function create(
  model: string | Uint8Array,
  settings: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  return typeof model === 'string'
    ? InferenceSession.create(model, settings)
    : InferenceSession.create(model, settings);
}
