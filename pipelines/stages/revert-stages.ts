import { rebatch } from '../../operators/rebatch.ts';
import {
  keptRows,
  type Originals,
  originalsOfRecord,
  reverseEdits,
  unedited,
} from '../../operators/reverse-edits.ts';
import { skipRows, takeUntil } from '../../operators/take-rows.ts';
import { ToeditError } from '../../src/errors.ts';
import { sha256OfFile } from '../../src/files/read-bytes.ts';
import { addTotals, countsOf } from '../../src/metrics/totals.ts';
import { compose, type Operator, tap } from '../../src/operator.ts';
import type { RunCorpusOptions } from './corpus-options.ts';
import { batchLimits, type StagesOf } from './corpus-stages.ts';
import { type EditedOutput, type EditedRun, readKeptRecord } from './edited-run.ts';
import { type EditLedger, originalsOfLedger } from './ledger-file.ts';
import { textColumnOf } from './text-rows.ts';

/** The run whose edits are taken back, and the ledger that they are read from, if it is not the run's own record. */
export interface EditSource {
  readonly run: EditedRun;
  readonly ledger: EditLedger | undefined;
}

/** The stages of `revertCorpus`: a file is what was written, and the record of its edits becomes the record that takes them back. */
export function revertStages(options: RunCorpusOptions, { run, ledger }: EditSource): StagesOf {
  const textColumn = textColumnOf(options);
  const outputs = new Map(run.outputs.map((output) => [output.relativePath, output]));
  return ({ input, firstRow, stop, totals, onBegin }) => {
    const output = outputs.get(input.relativePath);
    if (output === undefined) throw notOfRun(input.name, run);
    const check = compose(asWritten(output), rebatch(batchLimits(textColumn)), takeUntil(stop));
    const revert = compose(
      tap((batch) => onBegin(batch.numRows, 0)),
      reverseEdits(() => originalsOf(output, firstRow, { run, ledger }), {
        ...{
          file: input.name,
          recordFile: ledger?.path ?? output.record ?? '',
          firstRow,
          textColumn,
        },
      }),
      tap((batch) => {
        const counts = countsOf(batch);
        if (counts !== undefined) addTotals(totals, counts);
      }),
    );
    return [
      { name: 'check', operator: check },
      { name: 'revert', operator: revert },
    ];
  };
}

/** What the rows of an output were, from one of them on: by the ledger where there is one, else by the run's own record. */
function originalsOf(
  { record: path, relativePath }: EditedOutput,
  firstRow: number,
  { run, ledger }: EditSource,
): Originals {
  if (path === null) return unedited;
  if (ledger !== undefined) return originalsOfLedger(ledger, { file: relativePath, firstRow });
  const record = () => readKeptRecord(path, { manifest: run.manifest, relativePath });
  return originalsOfRecord(skipRows(firstRow)(keptRows(record, run.setAside)));
}

/** Lets nothing pass of a file that is not, to the byte, what the run wrote: its other columns go into the reverted one as they are. */
function asWritten({ report: { output, sha256 } }: EditedOutput): Operator {
  return async function* asWritten(source) {
    if ((await sha256OfFile(output)) !== sha256) {
      const what = 'it is not the file that was written when it was edited: its SHA-256 differs';
      const remedy = 'put that one back, and run again';
      throw new ToeditError('FILE_CORRUPT', `${output}: ${what}; ${remedy}`, {
        place: { file: output },
      });
    }
    yield* source;
  };
}

function notOfRun(file: string, { paths }: EditedRun): ToeditError {
  const message = `${file} is no output of the run in ${paths.output}; begin anew with --overwrite`;
  return new ToeditError('MANIFEST_CONFLICT', message, { place: { file } });
}
