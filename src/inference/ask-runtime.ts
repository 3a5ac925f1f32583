import { type Asking, askWorker } from '../ask-worker.ts';

/** `askWorker` of a worker that uses ONNX Runtime, which blocks the thread that calls it. */
export function askRuntime<Request, Answer>(
  module: URL,
  settings: unknown,
  name: string,
): Asking<Request, Answer> {
  // ONNX Runtime's Linux build would report to its makers and leave files in the temporary directory; it asks the
  // environment of the process, of which a worker thread has but a copy.
  // eslint-disable-next-line no-restricted-syntax -- there is no other way to tell it
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  return askWorker(module, settings, name);
}
