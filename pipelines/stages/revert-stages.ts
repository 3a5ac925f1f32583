import { rebatch } from '../../operators/rebatch.ts';
import { keptRows, reverseEdits } from '../../operators/reverse-edits.ts';
import { skipRows, takeUntil } from '../../operators/take-rows.ts';
import { ToeditError } from '../../src/errors.ts';
import { sha256OfFile } from '../../src/files/read-bytes.ts';
import { addTotals, countsOf } from '../../src/metrics/totals.ts';
import { compose, type Operator, type Source, tap } from '../../src/operator.ts';
import type { RunCorpusOptions } from './corpus-options.ts';
import { batchLimits, type StagesOf } from './corpus-stages.ts';
import { type EditedOutput, type EditedRun, readKeptRecord } from './edited-run.ts';

/** The one stage of `revertCorpus`: the record of what was edited becomes the record that takes it back. */
export function revertStages(options: RunCorpusOptions, run: EditedRun): StagesOf {
  const { textColumn = 'text' } = options;
  const outputs = new Map(run.outputs.map((output) => [output.relativePath, output]));
  return ({ input, firstRow, stop, totals, onBegin }) => {
    const output = outputs.get(input.relativePath);
    if (output === undefined) throw notOfRun(input.name, run);
    const operator = compose(
      asWritten(output),
      rebatch(batchLimits(textColumn)),
      takeUntil(stop),
      tap((batch) => onBegin(batch.numRows, 0)),
      reverseEdits(recordFrom(output, firstRow, run), {
        ...{ file: input.name, recordFile: output.record ?? '', firstRow, textColumn },
      }),
      tap((batch) => {
        const counts = countsOf(batch);
        if (counts !== undefined) addTotals(totals, counts);
      }),
    );
    return [{ name: 'revert', operator }];
  };
}

/** The rows of a record that are in the output, from one of these on; null where nothing was edited. */
function recordFrom(output: EditedOutput, firstRow: number, run: EditedRun): Source | null {
  const { record: path, relativePath } = output;
  if (path === null) return null;
  const whole = readKeptRecord(path, { manifest: run.manifest, relativePath });
  return compose(keptRows(run.setAside), skipRows(firstRow))(whole);
}

/** Lets nothing pass of a file that is not, to the byte, what the run wrote: its other columns go into the reverted one as they are. */
function asWritten({ report: { output, sha256 } }: EditedOutput): Operator {
  return async function* asWritten(source) {
    if ((await sha256OfFile(output)) !== sha256) {
      const what = 'it is not the file that was written when it was edited: its SHA-256 differs';
      const remedy = 'put that one back, and run again';
      throw new ToeditError('INPUT_CHANGED', `${output}: ${what}; ${remedy}`, {
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
