import { listInputs } from '../src/files/list-inputs.ts';
import { resolveEngines } from '../src/inference/resolve-engines.ts';
import { identifyPrior } from '../src/model/identify-prior.ts';
import { makeManifest } from '../src/run/manifest/make-manifest.ts';
import type { Manifest } from '../src/run/manifest/manifest.ts';
import { planTasks } from '../src/run/manifest/plan-tasks.ts';
import { version } from '../src/version.ts';
import { checkCorpusOptions } from './check-corpus-options.ts';
import type { EditCorpusOptions } from './corpus-options.ts';
import { embeddedModel } from './embedded-model.ts';
import { outputOptions } from './output-options.ts';

/**
 * Says what a run is to do: lists and identifies the inputs, and fills in the options. Nothing is written, and no device
 * is needed.
 *
 * @throws ToeditError where the request is at fault; the signal's reason.
 */
export async function planRun(
  command: Manifest['command'],
  options: EditCorpusOptions,
): Promise<Manifest> {
  const { signal, model = embeddedModel, modelFile, dtype } = options;
  checkCorpusOptions(options);
  signal?.throwIfAborted();
  const identity = { version, command, options: outputOptions(command, options) };
  const { inputs, skipped } = await listInputs(options.inputs, { output: options.output });
  const [{ device }] = resolveEngines(options);
  const prior = await identifyPrior(model, { modelFile, dtype, device });
  const tasks = await planTasks(inputs, { signal });
  return makeManifest({ ...identity, prior }, { tasks, skipped });
}
