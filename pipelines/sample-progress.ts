import type { MicroBatchReport } from '../src/inference/micro-batch-report.ts';
import type { Progress } from '../src/metrics/progress.ts';
import type { SampleTokens } from './tokenize-sample.ts';

/** Which prior scores, of how many in turn. */
export type ScoringPlace = Pick<Progress, 'file' | 'fileIndex' | 'fileCount'>;

/** Tells how far the scoring of a sample is, micro-batch by micro-batch; rows by the share of the tokens. */
export function sampleProgress(
  sample: readonly SampleTokens[],
  place: ScoringPlace,
  onProgress: (progress: Progress) => void,
): (report: MicroBatchReport) => void {
  const started = performance.now();
  const rowsTotal = sample.length;
  const total = sample.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  let tokens = 0;
  return ({ scoredTokens }) => {
    tokens += scoredTokens;
    const secondsElapsed = (performance.now() - started) / 1000;
    const share = tokens / total;
    onProgress({
      ...{ ...place, tokens, secondsElapsed, rowsTotal },
      rowsDone: Math.floor(share * rowsTotal),
      tokensPerSecond: tokens / Math.max(secondsElapsed, 1e-9),
      etaSeconds: secondsElapsed * (1 / share - 1),
    });
  };
}
