import type { RunSummary } from '../src/metrics/summary.ts';
import { requireNames } from '../src/options.ts';
import { runTasks } from './executor/run-tasks.ts';
import { prepareRun } from './planning/prepare-run.ts';
import { orWithdraw } from './planning/withdraw-run.ts';
import { type ScoreCorpusOptions, scoreCorpusOptionNames } from './stages/corpus-options.ts';

/**
 * Scores a corpus: the edit pipeline cut after scoring. Each file keeps its columns and gains `token_ids` (List<Int32>)
 * and `token_logprobs` (List<Float32>, natural log, null where no prediction exists). Resumes as `editCorpus` does.
 *
 * @throws ToeditError as `editCorpus`.
 */
export async function scoreCorpus(options: ScoreCorpusOptions): Promise<RunSummary> {
  requireNames('scoreCorpus', options, scoreCorpusOptionNames);
  const run = await prepareRun('score', options);
  return await orWithdraw(run, options, () => runTasks(run.manifest, options));
}
