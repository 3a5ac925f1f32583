import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ToeditError } from '../src/errors.ts';
import { isAtEnd, type RoundsReport, roundsReport } from '../src/metrics/rounds-report.ts';
import type { RunSummary } from '../src/metrics/summary.ts';
import { badOption, type OptionNames, requireInteger, requireNames } from '../src/options.ts';
import { statePaths } from '../src/run/run-paths.ts';
import { editCorpus } from './edit-corpus.ts';
import { type EditCorpusOptions, editCorpusOptionNames } from './stages/corpus-options.ts';

/** What `editRounds` takes. */
export interface EditRoundsOptions extends EditCorpusOptions {
  /** The directory of the rounds: `round-1`, `round-2`, … in it are output directories, of a run each. */
  readonly output: string;
  /** How often the corpus is edited, 1 to 1000. */
  readonly rounds: number;
}

const editRoundsOptionNames: OptionNames<EditRoundsOptions> = {
  ...editCorpusOptionNames,
  rounds: true,
};

/**
 * Edits a corpus, then its own output, and so on. Every round is a run like those of `editCorpus`: called again with the same options,
 * or with more rounds, it continues where it was. The seed of a round is one more than that of the round before, since a text that a round
 * left as it was would else be drawn the same way for ever.
 *
 * A round begins when the one before is at its end. Files that failed for what they hold are left out of later rounds; after other failures,
 * and after a `stop`, no further round begins.
 *
 * @throws ToeditError `BAD_OPTION`; `OUTPUT_EXISTS` where `output` holds a run itself; as `editCorpus`.
 */
export async function editRounds(options: EditRoundsOptions): Promise<RoundsReport> {
  requireNames('editRounds', options, editRoundsOptionNames);
  const { rounds, output, inputs, seed = 0n, ...others } = options;
  requireInteger('rounds', rounds, [1, 1000]);
  if (others.report === true) {
    throw badOption(
      'report',
      true,
      'a second round cannot add the column edits again: leave it out',
    );
  }
  await refuseRun(output);
  const runs: { readonly output: string; readonly summary: RunSummary }[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = runs.at(-1);
    const own = join(output, `round-${String(round + 1)}`);
    const summary = await editCorpus({
      ...others,
      // A branch of the hub may move meanwhile.
      model: others.model && (before?.summary.prior.path ?? others.model),
      inputs: before === undefined ? inputs : [before.output],
      output: own,
      seed: BigInt.asUintN(64, seed + BigInt(round)),
    });
    const run = { output: own, summary };
    runs.push(run);
    const isEmpty = summary.files.every(({ status }) => status !== 'done');
    if (!isAtEnd(run) || isEmpty || options.stop?.aborted === true) break;
  }
  return roundsReport(runs, rounds);
}

/** A run in the directory itself would take the rounds for files that are none of its own. */
async function refuseRun(output: string): Promise<void> {
  const { manifest } = statePaths(output);
  if ((await stat(manifest).catch(() => null)) === null) return;
  const message = `${output} is the output directory of a run: choose another one for rounds, each of which has a directory in it`;
  throw new ToeditError('OUTPUT_EXISTS', message, { place: { file: output } });
}
