import { ToeditError } from '../errors.ts';
import type { EngineOptions } from './engine-options.ts';
import { askRuntime } from './start-engine.ts';

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

/** What the worker posts: once `ready` or `failed` at the start, then one answer a request, in order. */
export type ProbeAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'values'; readonly values: Readonly<Record<string, Float32Array>> }
  | { readonly kind: 'failed'; readonly message: string };

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
  const worker = askRuntime<ProbeRequest, ProbeAnswer>(url, settings, 'probe');
  const refuse = (answer: ProbeAnswer): never => {
    const reason = answer.kind === 'failed' ? answer.message : answer.kind;
    throw new ToeditError(
      'MODEL_INVALID',
      `ONNX Runtime cannot run ${source} with probes: ${reason}`,
      {
        place: { file: source },
      },
    );
  };
  const opened = await worker.first();
  if (opened.kind !== 'ready') {
    await worker.close();
    refuse(opened);
  }
  return {
    async run(request) {
      const answer = await worker.ask(request);
      return answer.kind === 'values' ? answer.values : refuse(answer);
    },
    [Symbol.asyncDispose]: () => worker.close(),
  };
}
