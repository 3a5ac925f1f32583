import { ToeditError } from '../../src/errors.ts';
import type { SweepReport } from '../../src/metrics/sweep-report.ts';
import type { ScoringRule } from '../../src/resampling/scoring-rule.ts';
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { keepsScores, optionsOfManifest } from '../stages/corpus-options.ts';
import { readScoredRun } from '../stages/scored-run.ts';

/** What a sweep is called with: see `sweepCorpus`. */
export interface SweepRules {
  readonly inputs: readonly string[];
  readonly wanted: number;
  readonly thresholds?: readonly number[];
  readonly temperatures?: readonly number[];
  readonly topKs?: readonly number[];
  readonly excludeOriginal?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How a run is looked at. */
export interface CollectOptions {
  /** Compares settings; null where they are not to be compared. */
  readonly sweep: ((rules: SweepRules) => Promise<SweepReport>) | null;
  readonly signal?: AbortSignal | undefined;
}

/** The share of tokens that a setting is looked for. */
const wanted = 0.01;

/**
 * What settings would change in the corpus of a score run with candidates, or of a run that was edited from one: its own setting among
 * them. Null of other runs; where the scores are gone or unfinished, with a note.
 */
export async function sweepOfRun(
  manifest: Manifest,
  { output }: RunPaths,
  { sweep, signal }: CollectOptions,
): Promise<{ readonly sweep: SweepReport | null; readonly notes: readonly string[] }> {
  const options = optionsOfManifest(manifest);
  const isScored = manifest.command === 'score' && keepsScores(options);
  const scored = isScored ? output : manifest.scored;
  if (sweep === null || scored === undefined) return { sweep: null, notes: [] };
  try {
    const { rule } = await readScoredRun(scored);
    const report = await sweep({ inputs: [scored], wanted, signal, ...rulesOf(manifest, rule) });
    return { sweep: report, notes: [] };
  } catch (error) {
    if (!(error instanceof ToeditError)) throw error;
    return { sweep: null, notes: [`Settings are not compared: ${error.message}`] };
  }
}

/** What is usual, as far as the scores cover it, and all that they cover; of a run that was edited its own setting, too. */
function rulesOf({ command, options }: Manifest, { threshold: least, topK }: ScoringRule) {
  const covered = least ?? 1;
  const usual = [covered, 0.9, 0.95, 0.99].filter((threshold) => threshold >= covered);
  const { threshold, temperature, excludeOriginal } = options;
  const isEdited = command !== 'score' && typeof threshold === 'number';
  if (!isEdited) return { thresholds: ascending(...usual), topKs: [Math.min(8, topK)] };
  return {
    thresholds: ascending(...usual, threshold),
    temperatures: ascending(1, 1.5, 2, Number(temperature)),
    topKs: [Number(options['topK'])],
    excludeOriginal: excludeOriginal === true,
  };
}

function ascending(...numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].toSorted((one, other) => one - other);
}
