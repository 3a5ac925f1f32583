import { messageOf, ToeditError } from '../errors.ts';
import type { EngineOptions } from './engine-options.ts';
import { startRuntime } from './start-engine.ts';

/** Windows of tokens of one length, and values of the graph's scalar inputs, float32 `[]`, by name. */
export interface ProbeRequest {
  readonly size: number;
  readonly width: number;
  /** `[size * width]`, row by row. */
  readonly tokenIds: Int32Array;
  readonly scalars: Readonly<Record<string, number>>;
}

/** What the worker opens. */
export interface ProbeSettings extends Pick<EngineOptions, 'inputs' | 'headSize' | 'threads'> {
  readonly path: string;
}

/** What the probe worker answers. */
export interface ProbeCalls {
  /** Once the graph is open. */
  ready: { readonly question: null; readonly answer: null };
  /** The graph's outputs by name. */
  run: {
    readonly question: ProbeRequest;
    readonly answer: Readonly<Record<string, Float32Array>>;
  };
}

/** A graph that shows what happens inside a prior, in a thread of its own. */
export interface Probe extends AsyncDisposable {
  /**
   * The graph's outputs by name, row by row.
   *
   * @throws ToeditError MODEL_INVALID where ONNX Runtime fails.
   */
  run(request: ProbeRequest): Promise<Readonly<Record<string, Float32Array>>>;
}

/**
 * Opens a graph with float32 outputs.
 *
 * @param source - the model that it was made from, for errors
 * @throws ToeditError MODEL_INVALID where ONNX Runtime refuses it.
 */
export async function openProbe(settings: ProbeSettings, source: string): Promise<Probe> {
  const url = new URL('./worker/probe-worker.js', import.meta.url);
  const worker = startRuntime<ProbeCalls>(url, 'probe', settings);
  const refuse = (cause: unknown): never => {
    if (!worker.isAlive()) throw cause;
    const message = `ONNX Runtime cannot run ${source} with probes: ${messageOf(cause)}`;
    throw new ToeditError('MODEL_INVALID', message, { place: { file: source } });
  };
  try {
    await worker.call('ready', null).catch(refuse);
  } catch (error) {
    await worker.close();
    throw error;
  }
  return {
    run: (request) => worker.call('run', request).catch(refuse),
    [Symbol.asyncDispose]: () => worker.close(),
  };
}
