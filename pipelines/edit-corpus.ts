import type { RunSummary } from '../src/metrics/summary.ts';
import { requireNames } from '../src/options.ts';
import { runTasks } from './executor/run-tasks.ts';
import { prepareRun } from './planning/prepare-run.ts';
import { orWithdraw } from './planning/withdraw-run.ts';
import { type EditCorpusOptions, editCorpusOptionNames } from './stages/corpus-options.ts';

/**
 * Edits a corpus: every file is read, its tokens scored by the prior in one forward pass, nearly certain ones redrawn,
 * and the text spliced; all other columns, and all other bytes, stay. The output directory mirrors the inputs.
 *
 * A run that was stopped or killed resumes where it was when it is called again with the same options. A file that fails
 * is reported in the summary, and the others are finished.
 *
 * @returns the summary of all that is done, also where `stop` ended the run early: `interrupted` is true then.
 * @throws ToeditError where the request is at fault (`isUsageError`), or nothing can be written; the signal's reason where
 * it is aborted.
 */
export async function editCorpus(options: EditCorpusOptions): Promise<RunSummary> {
  requireNames('editCorpus', options, editCorpusOptionNames);
  const run = await prepareRun('edit', options);
  return await orWithdraw(run, options, () => runTasks(run.manifest, options));
}
