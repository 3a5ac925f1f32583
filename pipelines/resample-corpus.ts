import { resolve } from 'node:path';
import { ToeditError } from '../src/errors.ts';
import { refuseOverwritten } from '../src/files/list-inputs.ts';
import type { RunSummary } from '../src/metrics/summary.ts';
import { identifyPrior } from '../src/model/identify-prior.ts';
import { badOption, type OptionNames, requireNames } from '../src/options.ts';
import { resolveResampling } from '../src/resampling/resampling-options.ts';
import { requireScored } from '../src/resampling/scoring-rule.ts';
import { asTaken, type TaskState, untouchedTask } from '../src/run/ledger/fold-ledger.ts';
import { readLedgers } from '../src/run/ledger/read-ledgers.ts';
import { type Manifest, makeManifest, type Task } from '../src/run/manifest/manifest.ts';
import { readManifest } from '../src/run/manifest/read-manifest.ts';
import { runPaths, statePaths } from '../src/run/run-paths.ts';
import { version } from '../src/version.ts';
import { freezeRun } from './executor/prepare-run.ts';
import { runTasks } from './executor/run-tasks.ts';
import {
  checkCorpusOptions,
  type EditCorpusOptions,
  keepsScores,
  optionsOfManifest,
  outputOptions,
} from './stages/corpus-options.ts';

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
  preset: true,
  threshold: true,
  inclusive: true,
  topK: true,
  topP: true,
  temperature: true,
  excludeOriginal: true,
  dropBelow: true,
  seed: true,
  keyColumn: true,
  format: true,
  report: true,
  ledger: true,
  overwrite: true,
  onBadRow: true,
  filesInFlight: true,
  maxBadFiles: true,
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
  const manifest = await freezeRun(wanted, { ...others, inputs: [] });
  return await runTasks(manifest, others);
}

async function planResampling(
  directory: string,
  options: EditCorpusOptions,
  model: string | undefined,
): Promise<Manifest> {
  const scored = await readManifest(statePaths(directory).manifest);
  checkCorpusOptions(options);
  requireCovered(directory, scored, options);
  if (model !== undefined) await requireSamePrior(directory, scored, model);
  const tasks = await scoredTasks(directory, scored);
  await refuseOverwritten(
    tasks.map((task) => ({ ...task, explicit: true })),
    options.output,
  );
  const identity = {
    ...{ version, command: 'resample' as const, prior: scored.prior },
    options: {
      ...outputOptions('resample', { ...options, ...decidedBy(scored) }),
      scoredRun: scored.id,
    },
  };
  return makeManifest(identity, { tasks, skipped: scored.skipped, scored: resolve(directory) });
}

/** Which texts were scored, and how they were read. */
function decidedBy(scored: Manifest): Omit<Partial<EditCorpusOptions>, 'inputs' | 'output'> {
  const { textColumn, limit, maxTextBytes, bos, windowTokens, minContextTokens } =
    optionsOfManifest(scored);
  return { textColumn, limit, maxTextBytes, bos, windowTokens, minContextTokens };
}

function requireCovered(directory: string, manifest: Manifest, options: EditCorpusOptions): void {
  const { candidates, candidateThreshold = 0.9 } = optionsOfManifest(manifest);
  if (manifest.command !== 'score' || !keepsScores({ candidates })) {
    const remedy = 'score the corpus with toedit score --candidates 8';
    throw badOption('scored', directory, `it holds no candidates; ${remedy}`);
  }
  const rule = { threshold: candidateThreshold, inclusive: true, topK: candidates ?? 0 };
  requireScored(rule, resolveResampling(options));
}

async function requireSamePrior(
  directory: string,
  { prior }: Manifest,
  model: string,
): Promise<void> {
  const { modelFile, device } = prior;
  const found = await identifyPrior(model, { modelFile, device });
  for (const part of ['tokenizer', 'model'] as const) {
    if (found[`${part}Fingerprint`] === prior[`${part}Fingerprint`]) continue;
    const remedy = `the scores in ${directory} are those of another ${part} (${prior.path}): name that one, or score the corpus with this one`;
    throw badOption('model', model, remedy);
  }
}

/** The tasks of a score run, with their inputs as they were scored; those that could not be scored fail. */
async function scoredTasks(directory: string, manifest: Manifest): Promise<readonly Task[]> {
  const states = await readLedgers(runPaths(directory, manifest.name));
  const stateOf = ({ index }: Task): TaskState => states.get(index) ?? untouchedTask;
  const isOpen = (task: Task): boolean => !['done', 'failed'].includes(stateOf(task).status);
  const open = manifest.tasks.filter(isOpen).length;
  if (open > 0) {
    const what = `${String(open)} of ${String(manifest.tasks.length)} files in ${directory} are not scored yet`;
    const remedy = 'run the command that scores them again';
    throw new ToeditError('MANIFEST_CONFLICT', `${what}: ${remedy}`, {
      place: { file: directory },
    });
  }
  return manifest.tasks.map((task) => {
    const state = stateOf(task);
    const taken = asTaken(task, state);
    if (state.status === 'done') return taken;
    const reason = state.outputs.find(({ error }) => error !== undefined)?.error?.message;
    const problem = `it was not scored (${reason ?? 'its scoring failed'}); use toedit retry ${directory}`;
    return { ...taken, problem };
  });
}
