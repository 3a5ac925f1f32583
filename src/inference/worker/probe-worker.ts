import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { answerCalls } from '../../worker-protocol.ts';
import type { ProbeCalls, ProbeRequest, ProbeSettings } from '../open-probe.ts';
import { hasInt8DotProduct, readCpuinfo } from '../processor.ts';
import { bodyFeeds } from './open-body.ts';
import { sessionOptions } from './session-options.ts';

answerCalls<ProbeCalls, ProbeSettings>(async (settings) => {
  env.logLevel = 'fatal';
  const place = { device: 'cpu', threads: settings.threads } as const;
  const options = sessionOptions(place, 'body', hasInt8DotProduct(await readCpuinfo()));
  const session = await InferenceSession.create(settings.path, withoutCopies(options));
  return {
    answers: { ready: () => null, run: (request) => run(session, settings, request) },
    release: () => session.release(),
  };
});

/** Else ONNX Runtime keeps the weights a second time, in the order that its kernels like: a probe is run too seldom for that. */
function withoutCopies(options: InferenceSession.SessionOptions): InferenceSession.SessionOptions {
  const session = options.extra?.['session'] as object;
  return { ...options, extra: { session: { ...session, disable_prepacking: '1' } } };
}

async function run(
  session: InferenceSession,
  settings: ProbeSettings,
  { size, width, tokenIds, scalars }: ProbeRequest,
): Promise<ProbeCalls['run']['answer']> {
  const batch = { size, width, tokenIds, spans: new Int32Array(), logThreshold: 0, topK: 1 };
  const feeds = bodyFeeds(batch, settings);
  for (const [name, value] of Object.entries(scalars)) {
    feeds[name] = new Tensor(Float32Array.of(value), []);
  }
  const values: Record<string, Float32Array> = {};
  for (const [name, { data }] of Object.entries(await session.run(feeds))) {
    values[name] = data as Float32Array;
  }
  return values;
}
