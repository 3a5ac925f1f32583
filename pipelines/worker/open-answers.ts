import pLimit from 'p-limit';
import { microBatchBudget } from '../../src/inference/micro-batch.ts';
import { resolveReading } from '../../src/inference/resolve-scoring.ts';
import { loadPrior, type Prior } from '../../src/model/load-prior.ts';
import { requireOneOf } from '../../src/options.ts';
import { checkCorpusOptions } from '../stages/check-corpus-options.ts';
import type { EditCorpusOptions } from '../stages/corpus-options.ts';
import { batchingOf, noticeSlowInt8 } from '../stages/open-prior-of.ts';
import { type AnswerBatch, answerBatches } from './answer-batch.ts';

/** What is done to each record batch, and with which prior. */
export interface WorkerOptions
  extends Omit<
    EditCorpusOptions,
    | 'inputs'
    | 'output'
    | 'limit'
    | 'format'
    | 'ledger'
    | 'card'
    | 'overwrite'
    | 'filesInFlight'
    | 'maxBadFiles'
    | 'excerpts'
    | 'stop'
    | 'onProgress'
  > {
  /** @defaultValue 'edit' */
  readonly command?: 'edit' | 'score' | undefined;
}

/**
 * Opens the prior, and what edits or scores record batches with it.
 *
 * @throws ToeditError of the options, or of the prior.
 */
export async function openAnswers(
  options: WorkerOptions,
): Promise<{ readonly prior: Prior; readonly answer: AnswerBatch }> {
  const { command = 'edit', model, modelFile, dtype, device, devices, threads } = options;
  const hub = { signal: options.signal, onNotice: options.onNotice, ...options.hub };
  requireOneOf('command', command, ['edit', 'score']);
  requireOneOf('onBadRow', options.onBadRow, ['pass', 'fail']);
  const whole = { ...options, inputs: [], output: '' };
  checkCorpusOptions(whole);
  const prior = await loadPrior(model, { modelFile, dtype, device, devices, threads, hub });
  try {
    const { maxBatchTokens: asked, onNotice } = options;
    const maxBatchTokens = asked === 'auto' ? undefined : asked;
    resolveReading(prior, { ...options, maxBatchTokens });
    await noticeSlowInt8(prior, onNotice);
    const answer = answerBatches(command, whole, {
      prior,
      batching: await batchingOf(prior, options),
      budget: microBatchBudget(),
      mutex: pLimit(1),
    });
    return { prior, answer };
  } catch (error) {
    await prior.close();
    throw error;
  }
}
