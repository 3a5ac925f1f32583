import { readFileSync, writeSync } from 'node:fs';
import { argv } from 'node:process';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf } from '../../errors.ts';
import { makeNode, makeValue } from '../../onnx/make-onnx.ts';
import { readOnnxModel, writeOnnxModel } from '../../onnx/onnx-file.ts';
import { elementTypes } from '../../onnx/onnx-model.ts';
import { splitModel } from '../../onnx/split-model.ts';
import { type EngineOptions, splitOptionsOn } from '../engine-options.ts';
import type { MicroBatch } from '../micro-batch.ts';
import type { DeviceTrialAnswer, DeviceTrialSettings } from '../try-device.ts';
import { openBody } from './open-body.ts';
import { type Sessions, scoreMicroBatch } from './score-micro-batch.ts';
import { bodyOptions, sessionOptions } from './session-options.ts';

// A process of its own, as a driver may end it: settings come as its argument, the answer goes to descriptor 3, and the log of
// ONNX Runtime, which says where each node runs, to standard error.
const settings = JSON.parse(argv[2] ?? '{}') as DeviceTrialSettings;
env.logLevel = 'verbose';
let fellBack = false;

/** Each is a float16. */
const halves = Float32Array.of(0.333251953125, 65504, -1.5, 2 ** -14, 0.0999755859375);

writeSync(3, JSON.stringify(await answer().catch(failureOf)));

function failureOf(error: unknown): DeviceTrialAnswer {
  return { failure: messageOf(error) };
}

async function answer(): Promise<DeviceTrialAnswer> {
  const { model, headSize, vocabularySize, device } = settings;
  const split = splitModel(readOnnxModel(readFileSync(model)), model, splitOptionsOn(device));
  if (split.kind === 'appended') throw new Error(split.reason);
  const { hidden, inputs, pasts } = split;
  const options: EngineOptions = {
    ...{ device, threads: 1, body: split.body, head: split.head, earlyExit: null },
    ...{
      hidden,
      inputs,
      pasts,
      headSize,
      vocabularySize,
      logitsBytes: 2 ** 26,
      windowsApart: false,
    },
  };
  const body = await open(split.body, bodyOptions(options));
  const head = await open(split.head, sessionOptions(options, 'head'));
  const sessions: Sessions = { body: openBody(body, options), head, earlyExit: null };
  const { logprobs } = await scoreMicroBatch(sessions, trialBatch(vocabularySize), options);
  const drivers = loadedDrivers();
  const keepsHalf = await keepsHalves().catch(() => false);
  return { failure: null, logprobs: [...logprobs], drivers, fellBack, keepsHalf };
}

/** Opens a session that the device runs alone; where it cannot, what it does not know is left to the CPU. */
async function open(
  graph: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const session = options.extra?.['session'] as object;
  const create = (fallback: '0' | '1'): Promise<InferenceSession> =>
    InferenceSession.create(graph, {
      ...{ ...options, logSeverityLevel: 0 },
      extra: { session: { ...session, disable_cpu_ep_fallback: fallback } },
    });
  if (settings.device === 'cpu') return create('0');
  return create('1').catch((error: unknown) => {
    if (!messageOf(error).includes('fallback to CPU EP')) throw error;
    fellBack = true;
    return create('0');
  });
}

/** Four windows of token ids that are the same each time. */
function trialBatch(vocabularySize: number): MicroBatch {
  const [size, width] = [4, 32];
  const tokenIds = Int32Array.from(
    { length: size * width },
    (_, at) => (2654435761 * (at + 1)) % vocabularySize,
  );
  const spans = Int32Array.from({ length: 2 * size }, (_, at) => (at % 2 === 0 ? 1 : width));
  return { size, width, tokenIds, spans, logThreshold: 0, topK: 1 };
}

/** The libraries of drivers in this process, by file name: what the device was opened through. */
function loadedDrivers(): string[] {
  try {
    const maps = readFileSync('/proc/self/maps', 'utf8');
    const paths = maps.match(/\S*\/(?:lib(?:vk|vulkan|GLX_|EGL_|cuda|nvidia)|amdvlk)\S*/gu) ?? [];
    return [...new Set(paths.map((path) => path.slice(path.lastIndexOf('/') + 1)))];
  } catch {
    return [];
  }
}

/** True where numbers come back from float16 as they went into it. */
async function keepsHalves(): Promise<boolean> {
  const cast = (from: string, to: string, type: number): Uint8Array =>
    makeNode('Cast', { inputs: [from], outputs: [to] }, { to: type });
  const graph = writeOnnxModel(
    // ModelProto `ir_version` = 8, which goes with operator set 18.
    { otherFields: [Uint8Array.of(8, 8)], opsets: new Map([['', 18]]) },
    {
      nodes: [
        cast('x', 'half', elementTypes.float16),
        makeNode('Neg', { inputs: ['half'], outputs: ['negative'] }),
        cast('negative', 'y', elementTypes.float),
      ],
      initializers: [],
      inputs: [makeValue('x', elementTypes.float, [halves.length])],
      outputs: [makeValue('y', elementTypes.float, [halves.length])],
    },
  );
  const options = sessionOptions({ device: settings.device, threads: 1 }, 'body');
  const session = await InferenceSession.create(graph, options);
  const { y } = await session.run({ x: new Tensor('float32', halves, [halves.length]) });
  return halves.every((value, at) => (y?.data as Float32Array)[at] === -value);
}
