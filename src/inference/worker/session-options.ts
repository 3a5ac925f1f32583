import type { InferenceSession } from 'onnxruntime-node';
import { type EngineOptions, type EnginePlace, splitOptionsOn } from '../engine-options.ts';

/** The two parts of a prior; a head that is appended to the body runs in the body's session. */
export type SessionPart = 'body' | 'head';

/**
 * ONNX Runtime's settings for a session of a prior. Body and head run in turns, each with a pool of threads of its own.
 * The body's threads spin between its many small operations; the head's do not, as they would spin on the cores that the
 * body needs next (docs/decisions/scoring-head.md).
 *
 * @param hasDotProduct - as `hasInt8DotProduct` says. Without it, ONNX Runtime would add up products of 8-bit integers in 16 bits, which
 * saturate: wrong, but faster (docs/decisions/session-options.md).
 */
export function sessionOptions(
  { device, deviceId, threads }: EnginePlace,
  part: SessionPart,
  hasDotProduct: boolean | null = null,
): InferenceSession.SessionOptions {
  const x64quantprecision = hasDotProduct === true ? '0' : '1';
  const allow_spinning = part === 'body' ? '1' : '0';
  return {
    executionProviders: providersOf({ device, deviceId }),
    ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning }, x64quantprecision } },
  };
}

/** The settings of a body's session: where the head takes its hidden state on the device, it stays there. */
export function bodyOptions(
  place: EnginePlace & Pick<EngineOptions, 'hidden'>,
  hasDotProduct: boolean | null = null,
): InferenceSession.SessionOptions {
  const options = sessionOptions(place, 'body', hasDotProduct);
  const { hidden, device } = place;
  if (hidden === null || !splitOptionsOn(device).gathersStates) return options;
  return { ...options, preferredOutputLocation: { [hidden]: 'gpu-buffer' } };
}

/** What the device does not know is left to the CPU. */
function providersOf({
  device,
  deviceId,
}: Pick<EnginePlace, 'device' | 'deviceId'>): InferenceSession.ExecutionProviderConfig[] {
  if (device === 'cpu') return ['cpu'];
  return [deviceId === undefined ? device : { name: device, deviceId }, 'cpu'];
}
