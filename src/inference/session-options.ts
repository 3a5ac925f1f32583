import type { InferenceSession } from 'onnxruntime-node';
import type { EngineOptions } from './engine-options.ts';

/**
 * ONNX Runtime's settings for a session of a prior. Threads do not spin: body and head each have a pool of their
 * own, and a pool that spins takes the cores from the other one (docs/decisions/scoring-head.md).
 */
export function sessionOptions({
  device,
  threads,
}: Pick<EngineOptions, 'device' | 'threads'>): InferenceSession.SessionOptions {
  return {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
}
