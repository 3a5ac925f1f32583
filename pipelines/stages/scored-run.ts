import { ToeditError } from '../../src/errors.ts';
import { badOption } from '../../src/options.ts';
import type { ScoringRule } from '../../src/resampling/scoring-rule.ts';
import { asTaken, type TaskState, untouchedTask } from '../../src/run/ledger/fold-ledger.ts';
import { readLedgers } from '../../src/run/ledger/read-ledgers.ts';
import type { Manifest, Task } from '../../src/run/manifest/manifest.ts';
import { readManifest } from '../../src/run/manifest/read-manifest.ts';
import { type RunPaths, runPaths, statePaths } from '../../src/run/run-paths.ts';
import { type EditCorpusOptions, keepsScores, optionsOfManifest } from './corpus-options.ts';

/** A score run that kept candidates, and is at its end. */
export interface FinishedScores {
  readonly manifest: Manifest;
  readonly paths: RunPaths;
  /** Which tokens have candidates, and how many. */
  readonly rule: ScoringRule;
  /** The inputs as they were scored, and what became of each. */
  readonly tasks: readonly ScoredTask[];
}

/** An input of a score run. */
export interface ScoredTask {
  readonly task: Task;
  readonly state: TaskState;
}

/**
 * Reads what a score run has left in its output directory.
 *
 * @throws ToeditError `MANIFEST_MISSING`; `BAD_OPTION` where it is no score run, or kept no candidates; `MANIFEST_CONFLICT` where it
 *   is not at its end.
 */
export async function readScoredRun(directory: string): Promise<FinishedScores> {
  const manifest = await readManifest(statePaths(directory).manifest);
  const { candidates, candidateThreshold: threshold = 0.9 } = optionsOfManifest(manifest);
  if (manifest.command !== 'score' || !keepsScores({ candidates })) {
    const remedy = 'score the corpus with toedit score --candidates 8';
    throw badOption('scored', directory, `it holds no candidates; ${remedy}`);
  }
  const paths = runPaths(directory, manifest.name);
  const states = await readLedgers(paths);
  const tasks = manifest.tasks.map((task) => {
    const state = states.get(task.index) ?? untouchedTask;
    return { task: asTaken(task, state), state };
  });
  requireEnd(directory, tasks);
  return { manifest, paths, tasks, rule: { threshold, inclusive: true, topK: candidates ?? 0 } };
}

function requireEnd(directory: string, tasks: readonly ScoredTask[]): void {
  const isOpen = ({ state }: ScoredTask): boolean => !['done', 'failed'].includes(state.status);
  const open = tasks.filter(isOpen).length;
  if (open === 0) return;
  const what = `${String(open)} of ${String(tasks.length)} files in ${directory} are not scored yet`;
  throw new ToeditError('MANIFEST_CONFLICT', `${what}: run the command that scores them again`, {
    place: { file: directory },
  });
}

/** Which texts a run has scored, and how it read them: what resampling does not decide. */
export function decidedByScores(
  manifest: Manifest,
): Omit<Partial<EditCorpusOptions>, 'inputs' | 'output'> {
  const { textColumn, roles, roleField, ...reading } = optionsOfManifest(manifest);
  const { limit, maxTextBytes, bos, windowTokens, minContextTokens } = reading;
  const texts = { textColumn, roles, roleField };
  return { ...texts, limit, maxTextBytes, bos, windowTokens, minContextTokens };
}
