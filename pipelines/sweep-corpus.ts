import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { ToeditError } from '../src/errors.ts';
import { writeFailed } from '../src/files/write-bytes.ts';
import {
  type SweepReport,
  type SweepRow,
  sweepRows,
  type UnreachableSetting,
  type WantedReport,
} from '../src/metrics/sweep-report.ts';
import {
  type OptionNames,
  requireInteger,
  requireNames,
  requireProbability,
} from '../src/options.ts';
import {
  type SweepCounter,
  type SweepSetting,
  sweepCounter,
} from '../src/resampling/expected-edits.ts';
import { resolveResampling } from '../src/resampling/resampling-options.ts';
import { type ScoredRow, scoredBatch } from '../src/resampling/scored-batch.ts';
import { requireScored } from '../src/resampling/scoring-rule.ts';
import { readManifest } from '../src/run/manifest/read-manifest.ts';
import { statePaths } from '../src/run/run-paths.ts';
import type { TokenBytes } from '../src/text/token-bytes.ts';
import { scoreCorpus } from './score-corpus.ts';
import { type CorpusOptions, corpusOptionNames } from './stages/corpus-options.ts';
import { readScoreFile, readVocabulary, scoreFileExtension } from './stages/score-files.ts';
import { type FinishedScores, readScoredRun } from './stages/scored-run.ts';

/** What `sweepCorpus` takes: the rules to compare, and how a corpus is scored that is not yet. */
export interface SweepCorpusOptions extends Omit<CorpusOptions, 'output' | 'card'> {
  /** Files, directories or globs; or the output directory of one score run that kept candidates. */
  readonly inputs: readonly string[];
  /** @defaultValue 0.9, 0.95 and 0.99, as far as the scores cover them */
  readonly thresholds?: readonly number[] | undefined;
  /** @defaultValue 1, 1.5, 2 */
  readonly temperatures?: readonly number[] | undefined;
  /** @defaultValue 8 */
  readonly topKs?: readonly number[] | undefined;
  /** Never draw the original token. @defaultValue false */
  readonly excludeOriginal?: boolean | undefined;
  /** A share of all tokens, in (0, 1]: finds the temperature that changes it, for each threshold and top-k. @defaultValue none */
  readonly wanted?: number | undefined;
}

const { card: _, ...inputNames } = withoutOutput(corpusOptionNames);
const sweepOptionNames: OptionNames<SweepCorpusOptions> = {
  ...inputNames,
  ...{ thresholds: true, temperatures: true, topKs: true, excludeOriginal: true, wanted: true },
};

function withoutOutput(names: typeof corpusOptionNames) {
  const { output: _, ...others } = names;
  return others;
}

/** A {@link SweepReport}, and the files that are not in it. */
export interface CorpusSweep extends SweepReport {
  readonly failed: readonly { readonly input: string; readonly message: string }[];
}

/**
 * Computes what settings would change in a corpus before anything is changed: expectations over all draws, exact by the candidates'
 * probabilities. A corpus that is not scored yet is scored into the system's temporary directory, and that is removed.
 *
 * @throws ToeditError `BAD_OPTION` where the scores do not cover a setting; as `scoreCorpus`; the signal's reason.
 */
export async function sweepCorpus(options: SweepCorpusOptions): Promise<CorpusSweep> {
  requireNames('sweepCorpus', options, sweepOptionNames);
  const [only = '', ...more] = options.inputs;
  if (more.length === 0 && (await isScored(only))) return await sweepScores(only, options);
  const {
    thresholds = [0.9],
    temperatures: _,
    topKs = [8],
    excludeOriginal,
    wanted,
    ...scoring
  } = options;
  settingsOf({ thresholds, topKs, excludeOriginal, wanted }, 1);
  const output = await mkdtemp(join(tmpdir(), 'toedit-sweep-')).catch((error: unknown) => {
    throw writeFailed(tmpdir(), error);
  });
  try {
    await scoreCorpus({
      ...{ ...scoring, output },
      candidates: Math.max(...topKs),
      candidateThreshold: Math.min(...thresholds),
    });
    return await sweepScores(output, options);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

async function isScored(directory: string): Promise<boolean> {
  try {
    return (await readManifest(statePaths(directory).manifest)).command === 'score';
  } catch (error) {
    if (error instanceof ToeditError && error.code === 'MANIFEST_MISSING') return false;
    throw error;
  }
}

/** The score files of a run, and what they are of. */
interface Scores {
  readonly directory: string;
  readonly run: string;
  readonly tokenBytes: TokenBytes;
  readonly files: readonly string[];
  readonly failed: CorpusSweep['failed'];
  readonly signal: AbortSignal | undefined;
}

async function sweepScores(directory: string, options: SweepCorpusOptions): Promise<CorpusSweep> {
  const scored = await readScoredRun(directory);
  const settings = settingsOf(options, scored.rule.threshold ?? 1);
  for (const { threshold, topK } of settings) {
    requireScored(scored.rule, resolveResampling({ threshold, topK }));
  }
  const scores = await openScores(scored, options.signal);
  const counter = await count(scores, settings);
  const { wanted } = options;
  return {
    documents: counter.documents,
    tokens: counter.tokens,
    meanLogprob: counter.logprobSum / Math.max(1, counter.scoredTokens),
    probabilityHistogram: [...counter.histogram],
    ...sweepRows(counter),
    ...(wanted !== undefined && { wanted: await findWanted(scores, { settings, share: wanted }) }),
    failed: scores.failed,
  };
}

async function openScores(
  { manifest, paths, tasks }: FinishedScores,
  signal: AbortSignal | undefined,
): Promise<Scores> {
  const outputs = tasks.flatMap(({ state }) => state.outputs);
  const done = outputs.filter(({ status }) => status === 'done');
  const failed = outputs.filter(({ status }) => status === 'failed');
  return {
    ...{ directory: paths.output, run: manifest.id, signal },
    tokenBytes: await readVocabulary(paths.vocabulary, manifest.id),
    files: done.flatMap(({ output }) => output ?? []).toSorted(),
    failed: failed.map(({ input, error }) => ({ input, message: error?.message ?? 'failed' })),
  };
}

/** Counts all rows that were scored. */
async function count(
  { directory, run, tokenBytes, files, signal }: Scores,
  settings: readonly SweepSetting[],
): Promise<SweepCounter & { readonly documents: number }> {
  const counter = sweepCounter(tokenBytes, settings);
  let documents = 0;
  for (const path of files) {
    const relativePath = relative(directory, path).split(sep).join('/');
    const of = { run, relativePath: relativePath.slice(0, -scoreFileExtension.length) };
    for await (const batch of readScoreFile(path, of)) {
      signal?.throwIfAborted();
      for (const row of rowsOf(batch, path)) {
        counter.add(row);
        documents++;
      }
    }
  }
  return Object.assign(counter, { documents });
}

function* rowsOf(batch: RecordBatch, file: string): Generator<ScoredRow> {
  const rows = scoredBatch(batch, true, { file });
  for (let index = 0; index < batch.numRows; index++) {
    const row = rows(index);
    if (row !== undefined) yield row;
  }
}

type Rules = Pick<
  SweepCorpusOptions,
  'thresholds' | 'temperatures' | 'topKs' | 'excludeOriginal' | 'wanted'
>;

/** Every combination of the rules, checked. */
function settingsOf(rules: Rules, leastThreshold: number): readonly SweepSetting[] {
  const usual = [0.9, 0.95, 0.99].filter((threshold) => threshold >= leastThreshold);
  const { thresholds = usual, temperatures = [1, 1.5, 2], topKs = [8] } = rules;
  const { excludeOriginal = false, wanted } = rules;
  if (wanted !== undefined) requireProbability('wanted', wanted);
  for (const threshold of thresholds) requireProbability('thresholds', threshold);
  for (const topK of topKs) requireInteger('topKs', topK, [1, 1024]);
  for (const temperature of temperatures) resolveResampling({ temperature });
  return thresholds.flatMap((threshold) =>
    topKs.flatMap((topK) =>
      temperatures.map((temperature) => ({ threshold, temperature, topK, excludeOriginal })),
    ),
  );
}

/** From a draw that all but never leaves the likeliest token to one that all but ignores P: steps of 12 %. */
const triedTemperatures = Array.from({ length: 50 }, (_, step) => 0.1 * 1.12 ** step);

/**
 * The settings that change a wanted share. The share rises with the temperature: it is found between two of those tried, by the
 * straight line, and computed for what is found.
 */
async function findWanted(
  scores: Scores,
  { settings, share }: { readonly settings: readonly SweepSetting[]; readonly share: number },
): Promise<WantedReport> {
  const kinds = new Map(
    settings.map(({ threshold, topK, excludeOriginal }) => [
      JSON.stringify([threshold, topK]),
      { threshold, topK, excludeOriginal },
    ]),
  );
  const found: SweepSetting[] = [];
  const unreachable: UnreachableSetting[] = [];
  for (const kind of kinds.values()) {
    const tried = triedTemperatures.map((temperature) => ({ ...kind, temperature }));
    const { settings: rows } = sweepRows(await count(scores, tried));
    const temperature = temperatureFor(rows, share);
    if (temperature !== null) found.push({ ...kind, temperature });
    else {
      const shares = rows.map(({ changedShare }) => changedShare);
      unreachable.push({
        ...kind,
        leastShare: Math.min(...shares),
        mostShare: Math.max(...shares),
      });
    }
  }
  const { settings: rows } = sweepRows(await count(scores, found));
  return { share, settings: rows, unreachable };
}

/** Three digits; null where the share lies outside what was tried. */
function temperatureFor(rows: readonly SweepRow[], share: number): number | null {
  const next = rows.findIndex(({ changedShare }) => changedShare >= share);
  const [low, high] = [rows[next - 1], rows[next]];
  if (low === undefined || high === undefined) return null;
  const part = (share - low.changedShare) / (high.changedShare - low.changedShare);
  const temperature = low.temperature + part * (high.temperature - low.temperature);
  return Number(temperature.toPrecision(3));
}
