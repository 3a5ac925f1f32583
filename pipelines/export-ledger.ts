import { writeParquet } from '../operators/formats/write-parquet.ts';
import { passReasonsOf } from '../src/arrow/pass-reasons.ts';
import type { LedgerReport } from '../src/metrics/ledger-report.ts';
import type { Source } from '../src/operator.ts';
import { type OptionNames, requireNames } from '../src/options.ts';
import { type LedgerEdit, ledgerBatch } from '../src/record/edit-ledger.ts';
import { documentKeys, wholeEdits } from '../src/record/whole-edits.ts';
import {
  type EditedOutput,
  type EditedRun,
  readEditedRun,
  readKeptRecord,
} from './stages/edited-run.ts';

/** What `exportLedger` takes. */
export interface ExportLedgerOptions {
  /** The output directory of a run that edited, and is done. */
  readonly edited: string;
  /** The Parquet file to write. */
  readonly output: string;
  /** Replace a file that is there. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const exportLedgerOptionNames: OptionNames<ExportLedgerOptions> = {
  edited: true,
  output: true,
  overwrite: true,
  signal: true,
};

/**
 * Writes every edit of a run to one Parquet file, a row an edit, by file, row and position: what stood there and what stands there now,
 * their ids and log-probabilities. Memory does not grow with the run.
 *
 * @throws ToeditError `BAD_OPTION` where the run kept no record; `MANIFEST_MISSING`; `MANIFEST_CONFLICT` where it is not at its end;
 *   `OUTPUT_EXISTS`; `FILE_UNREADABLE` or `FILE_CORRUPT` of a record; `WRITE_FAILED`.
 */
export async function exportLedger(options: ExportLedgerOptions): Promise<LedgerReport> {
  requireNames('exportLedger', options, exportLedgerOptionNames);
  const { edited, output, overwrite, signal } = options;
  const run = await readEditedRun(edited, { needsEnd: true });
  const write = writeParquet(output, { overwrite });
  const { path, rows, bytes } = await write(ledgerOf(run), { signal });
  const files = run.outputs.filter(({ record }) => record !== null).length;
  return { run: run.manifest.id, output: path, files, edits: rows, bytes };
}

async function* ledgerOf(run: EditedRun): Source {
  yield ledgerBatch([], run.manifest.id);
  for (const output of run.outputs) {
    for await (const edits of editsOf(output, run)) {
      if (edits.length > 0) yield ledgerBatch(edits, run.manifest.id);
    }
  }
}

/** The edits of an output, those of a batch of its record at a time. */
async function* editsOf(
  { relativePath: file, record }: EditedOutput,
  { manifest, setAside }: EditedRun,
): AsyncGenerator<readonly LedgerEdit[]> {
  if (record === null) return;
  let firstRow = 0;
  let outputRow = 0;
  for await (const batch of readKeptRecord(record, { manifest, relativePath: file })) {
    const [editsOfRow, keyOf] = [wholeEdits(batch), documentKeys(batch)];
    const edits: LedgerEdit[] = [];
    passReasonsOf(batch).forEach((reason, index) => {
      if (reason !== null && setAside.includes(reason)) return;
      const place = { file, row: firstRow + index, outputRow, documentKey: keyOf(index) };
      for (const edit of editsOfRow(index)) edits.push({ ...edit, ...place });
      outputRow++;
    });
    firstRow += batch.numRows;
    yield edits;
  }
}
