import { resolve } from 'node:path';
import { refuseOverwritten } from '../src/files/list-inputs.ts';
import type { RunSummary } from '../src/metrics/summary.ts';
import { identifyPrior } from '../src/model/identify-prior.ts';
import { badOption, type OptionNames, requireNames } from '../src/options.ts';
import { resamplingRequestNames, resolveResampling } from '../src/resampling/resampling-options.ts';
import { requireScored } from '../src/resampling/scoring-rule.ts';
import { type Manifest, makeManifest, type Task } from '../src/run/manifest/manifest.ts';
import { version } from '../src/version.ts';
import { wantsCard } from './card/card-file.ts';
import { runTasks } from './executor/run-tasks.ts';
import { freezeRun } from './planning/prepare-run.ts';
import { orWithdraw } from './planning/withdraw-run.ts';
import { checkCorpusOptions } from './stages/check-corpus-options.ts';
import { type EditCorpusOptions, outputOptions } from './stages/corpus-options.ts';
import { decidedByScores, readScoredRun, type ScoredTask } from './stages/scored-run.ts';

/** What `resampleCorpus` takes: the options of `editCorpus` that scoring has not decided. */
export interface ResampleCorpusOptions
  extends Omit<
    EditCorpusOptions,
    | 'inputs'
    | 'modelFile'
    | 'dtype'
    | 'device'
    | 'devices'
    | 'threads'
    | 'maxBatchTokens'
    | 'scores'
    | 'textColumn'
    | 'roles'
    | 'roleField'
    | 'limit'
    | 'maxTextBytes'
    | 'bos'
    | 'windowTokens'
    | 'minContextTokens'
  > {
  /** The output directory of a score run that kept candidates, and is done. */
  readonly scored: string;
  /** A prior's directory: the scores must be its own. It is not opened. @defaultValue none is looked at */
  readonly model?: string | undefined;
}

const resampleCorpusOptionNames: OptionNames<ResampleCorpusOptions> = {
  scored: true,
  output: true,
  model: true,
  ...resamplingRequestNames,
  seed: true,
  keyColumn: true,
  keyPlaces: true,
  format: true,
  jsonFields: true,
  report: true,
  ledger: true,
  card: true,
  overwrite: true,
  onBadRow: true,
  filesInFlight: true,
  maxBadFiles: true,
  hub: true,
  excerpts: true,
  stop: true,
  signal: true,
  onProgress: true,
  onNotice: true,
};

/**
 * Edits a corpus from scores that `scoreCorpus` kept, without a prior: the bytes are those that `editCorpus` gives under the same
 * options. The corpus must lie where it was scored; each text is compared with the hash of the one that was.
 *
 * It is a run like every other, and continues where it was when it is called again with the same options.
 *
 * @throws ToeditError `BAD_OPTION` where the scores do not cover the options: a lower threshold, more candidates, another prior;
 *   `MANIFEST_MISSING` where there is no score run; as `editCorpus`.
 */
export async function resampleCorpus(options: ResampleCorpusOptions): Promise<RunSummary> {
  requireNames('resampleCorpus', options, resampleCorpusOptionNames);
  const { scored, model, ...others } = options;
  const wanted = await planResampling(scored, { ...others, inputs: [] }, model);
  const run = await freezeRun(wanted, { ...others, inputs: [] });
  return await orWithdraw(run, others, () => runTasks(run.manifest, others));
}

async function planResampling(
  directory: string,
  options: EditCorpusOptions,
  model: string | undefined,
): Promise<Manifest> {
  const { manifest, rule, tasks: scored } = await readScoredRun(directory);
  checkCorpusOptions(options);
  requireScored(rule, resolveResampling(options));
  if (model !== undefined) await requireSamePrior(directory, manifest, { model, hub: options.hub });
  const tasks = scored.map((task) => taskOf(task, directory));
  const inputs = tasks.map((task) => ({ ...task, explicit: true }));
  await refuseOverwritten(inputs, options.output);
  const wanted = outputOptions('resample', { ...options, ...decidedByScores(manifest) });
  const identity = {
    ...{ version, command: 'resample' as const, prior: manifest.prior },
    options: { ...wanted, scoredRun: manifest.id },
  };
  const { skipped, dataset } = manifest;
  const card = wantsCard(options, dataset);
  return makeManifest(identity, { tasks, skipped, dataset, card, scored: resolve(directory) });
}

async function requireSamePrior(
  directory: string,
  { prior }: Manifest,
  { model, hub }: Required<Pick<EditCorpusOptions, 'hub'>> & { readonly model: string },
): Promise<void> {
  const { modelFile, device } = prior;
  const found = await identifyPrior(model, { modelFile, device, hub });
  for (const part of ['tokenizer', 'model'] as const) {
    if (found[`${part}Fingerprint`] === prior[`${part}Fingerprint`]) continue;
    const remedy = `the scores in ${directory} are those of another ${part} (${prior.path}): name that one, or score the corpus with this one`;
    throw badOption('model', model, remedy);
  }
}

/** An input as it was scored; one that could not be scored fails. */
function taskOf({ task, state }: ScoredTask, directory: string): Task {
  if (state.status === 'done') return task;
  const reason = state.outputs.find(({ error }) => error !== undefined)?.error?.message;
  const problem = `it was not scored (${reason ?? 'its scoring failed'}); use toedit retry ${directory}`;
  return { ...task, problem };
}
