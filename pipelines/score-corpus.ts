import type { RunSummary } from '../src/metrics/summary.ts';
import { startRun } from './executor/start-run.ts';
import type { CorpusOptions } from './stages/corpus-options.ts';

/**
 * Scores a corpus: the edit pipeline cut after scoring. Each file keeps its columns and gains `token_ids` (List<Int32>)
 * and `token_logprobs` (List<Float32>, natural log, null where no prediction exists). Resumes as `editCorpus` does.
 *
 * @throws ToeditError as `editCorpus`.
 */
export async function scoreCorpus(options: CorpusOptions): Promise<RunSummary> {
  return await startRun('score', options);
}
