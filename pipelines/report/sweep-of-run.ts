import { ToeditError } from '../../src/errors.ts';
import type { SweepReport } from '../../src/metrics/sweep-report.ts';
import type { Manifest } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { keepsScores, optionsOfManifest } from '../stages/corpus-options.ts';

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
    const report = await sweep({
      inputs: [scored],
      wanted,
      signal,
      ...rulesOf(manifest),
    });
    return { sweep: report, notes: [] };
  } catch (error) {
    if (!(error instanceof ToeditError)) throw error;
    return { sweep: null, notes: [`Settings are not compared: ${error.message}`] };
  }
}

/** Beside what is usual, the setting of a run that was edited. */
function rulesOf({ command, options }: Manifest): Partial<SweepRules> {
  const { threshold, temperature, topK, excludeOriginal } = options;
  if (command === 'score' || typeof threshold !== 'number') return {};
  return {
    thresholds: [threshold],
    temperatures: ascending(1, 1.5, 2, Number(temperature)),
    topKs: [Number(topK)],
    excludeOriginal: excludeOriginal === true,
  };
}

function ascending(...numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].toSorted((one, other) => one - other);
}
