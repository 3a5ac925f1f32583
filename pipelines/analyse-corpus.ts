import type { AnalysisReport, FailedInput } from '../src/analysis/analysis-report.ts';
import type { GroupedStates } from '../src/analysis/part-state.ts';
import { addFile, newSetStates, reportOf } from '../src/analysis/report-sets.ts';
import { type AnalysisOptions, definitionOf } from '../src/analysis/state-file.ts';
import { isFatal, ToeditError } from '../src/errors.ts';
import type { Progress } from '../src/metrics/progress.ts';
import { badOption, type OptionNames, requireInteger, requireNames } from '../src/options.ts';
import { fingerprintFile } from '../src/run/manifest/plan-tasks.ts';
import { requireShard, type Shard } from '../src/run/shards/shard.ts';
import { textSelection } from '../src/texts/text-selection.ts';
import {
  type AnalysisPlan,
  findPlan,
  keepReport,
  otherDefinition,
  type PlannedSet,
  readState,
  writeFailure,
  writePlan,
  writeState,
} from './analysis/analysis-store.ts';
import { listSets, type NamedCorpus, type SetFile } from './analysis/list-sets.ts';
import type { MeasureOptions } from './analysis/measure-file.ts';

/** Settings of {@link analyseCorpus}. */
export interface AnalyseCorpusOptions {
  /** What is measured, and compared with the set named `human`, else with the first. */
  readonly sets: readonly NamedCorpus[];
  /** Where a state of each file is kept, so that the same call goes on, and the report. @defaultValue nothing is kept */
  readonly output?: string | undefined;
  /** Does a part of the files only; the others are `pending`. Wants an output. @defaultValue all */
  readonly shard?: Shard | undefined;
  /** A column of whole numbers or strings whose values are measured apart: at most 100. @defaultValue none */
  readonly groupBy?: string | undefined;
  /** A column, or a path to texts within columns, such as `messages[].content`: then each text counts as a row. @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /** Rows of each file at most. @defaultValue all */
  readonly limit?: number | undefined;
  /** Called after each record batch; tokens are none. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const optionNames: OptionNames<AnalyseCorpusOptions> = {
  ...{ sets: true, output: true, shard: true, groupBy: true, textColumn: true, limit: true },
  ...{ onProgress: true, signal: true },
};

/**
 * Measures corpora and compares them: n-grams of texts, and where the corpus is a score run that kept candidates, the probabilities of
 * its tokens. See docs/analysis.md. Memory does not grow with the corpus. Files that cannot be read are `failed`.
 *
 * @throws ToeditError `BAD_OPTION`; `MANIFEST_CONFLICT` where the output holds an analysis of another definition; `INPUT_NOT_FOUND`;
 *   `WRITE_FAILED`; the signal's reason.
 */
export async function analyseCorpus(options: AnalyseCorpusOptions): Promise<AnalysisReport> {
  requireNames('analyseCorpus', options, optionNames);
  const { sets, output, shard, signal } = options;
  const settings = settingsOf(options);
  requirePlace(shard, output);
  const files = await listSets(sets, settings.groupBy, output);
  const definition = definitionOf(settings);
  if (output !== undefined) await keepPlan(output, { definition, sets: plannedSets(sets, files) });
  const states = new Map(sets.map(({ name }) => [name, newSetStates(name)]));
  const failed: FailedInput[] = [];
  let pending = 0;
  for (const [index, file] of files.entries()) {
    signal?.throwIfAborted();
    const onRows = progressOf(
      { file: file.path, fileIndex: index, fileCount: files.length },
      options,
    );
    const isOwn = shard === undefined || index % shard.count === shard.index;
    const work = { settings: { ...settings, onRows, signal }, definition, output, isOwn };
    try {
      const measured = await measureFile(file, work);
      if (measured === null) pending++;
      else addFile(states.get(file.set) ?? newSetStates(file.set), measured);
    } catch (error) {
      const failure = failureOf(file, error, options);
      failed.push(failure);
      if (output !== undefined) await writeFailure(output, file, failure);
    }
  }
  return await keepReport(reportOf([...states.values()], { definition, failed, pending }), output);
}

function settingsOf({
  textColumn = 'text',
  groupBy,
  limit,
}: AnalyseCorpusOptions): AnalysisOptions {
  requireInteger('limit', limit, [1]);
  if (groupBy !== undefined && textSelection({ textColumn }) !== null) {
    const remedy = `the texts of ${textColumn} have no such column; group the texts of a column of their own`;
    throw badOption('groupBy', groupBy, remedy);
  }
  return { textColumn, groupBy: groupBy ?? null, limit: limit ?? null };
}

function requirePlace(shard: Shard | undefined, output: string | undefined): void {
  if (shard === undefined) return;
  requireShard(shard, `${String(shard.index)}/${String(shard.count)}`);
  if (output !== undefined) return;
  const message = 'a shard keeps states to be merged: name an output (--output) for them';
  throw new ToeditError('BAD_OPTION', message);
}

/** Refuses what another analysis has left before anything is written. */
async function keepPlan(output: string, plan: AnalysisPlan): Promise<void> {
  const known = await findPlan(output);
  if (known !== null && known.definition !== plan.definition) throw otherDefinition(output);
  await writePlan(output, plan);
}

function plannedSets(
  sets: readonly NamedCorpus[],
  files: readonly SetFile[],
): readonly PlannedSet[] {
  return sets.map(({ name }) => {
    const own = files.filter(({ set }) => set === name);
    return { name, inputs: own.map(({ input }) => input), scoring: own[0]?.scoring ?? null };
  });
}

interface FileWork {
  readonly settings: MeasureOptions;
  readonly definition: string;
  readonly output: string | undefined;
  /** False where another shard measures the file. */
  readonly isOwn: boolean;
}

/** The state of a file: as it is kept, where its content is still the same; null where it is another shard's, and not there yet. */
async function measureFile(
  file: SetFile,
  { settings, definition, output, isOwn }: FileWork,
): Promise<GroupedStates | null> {
  file.requireName();
  if (output === undefined) return await file.measure(settings);
  const of = { definition, set: file.set, input: file.input };
  const fingerprint = await fingerprintFile(file.path);
  const kept = await readState(output, of).catch(ifDamaged);
  if (kept?.of.fingerprint === fingerprint) return kept.groups;
  if (!isOwn) return null;
  const groups = await file.measure(settings);
  await writeState(output, { ...of, fingerprint }, groups);
  return groups;
}

/** A state that is damaged is made anew. */
function ifDamaged(error: unknown): null {
  if (error instanceof ToeditError && error.code === 'FILE_CORRUPT') return null;
  throw error;
}

/** What every further file would meet, and what is the caller's, ends the analysis. */
function failureOf(
  { set, path }: SetFile,
  error: unknown,
  { signal }: AnalyseCorpusOptions,
): FailedInput {
  if (signal?.aborted === true || isFatal(error) || !(error instanceof ToeditError)) throw error;
  if (error.code === 'BAD_OPTION' || error.code === 'WRITE_FAILED') throw error;
  return { set, input: path, code: error.code, message: error.message };
}

type FilePlace = Pick<Progress, 'file' | 'fileIndex' | 'fileCount'>;

function progressOf(
  place: FilePlace,
  { onProgress }: AnalyseCorpusOptions,
): MeasureOptions['onRows'] {
  if (onProgress === undefined) return undefined;
  const started = performance.now();
  let rowsDone = 0;
  return (rows) => {
    rowsDone += rows;
    const secondsElapsed = (performance.now() - started) / 1000;
    const unknown = { rowsTotal: null, etaSeconds: null, tokens: 0, tokensPerSecond: 0 };
    const share = place.fileIndex / Math.max(1, place.fileCount);
    onProgress({
      ...{ ...place, ...unknown, rowsDone, secondsElapsed },
      ...{ filesDone: place.fileIndex, share },
    });
  };
}
