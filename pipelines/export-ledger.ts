import type { RecordBatch } from 'apache-arrow';
import { writeParquet } from '../operators/formats/write-parquet.ts';
import { keptTexts } from '../operators/kept-texts.ts';
import type { LedgerReport } from '../src/metrics/ledger-report.ts';
import type { Source } from '../src/operator.ts';
import { type OptionNames, requireNames } from '../src/options.ts';
import { type LedgerEdit, ledgerBatch } from '../src/record/edit-ledger.ts';
import { documentKeys, wholeEdits } from '../src/record/whole-edits.ts';
import { hasTextPlaces, textPlaces } from '../src/texts/text-rows.ts';
import { textSelection } from '../src/texts/text-selection.ts';
import { optionsOfManifest } from './stages/corpus-options.ts';
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
  const { id } = run.manifest;
  const hasTexts = textSelection(optionsOfManifest(run.manifest)) !== null;
  yield ledgerBatch([], { run: id, hasTexts });
  for (const output of run.outputs) {
    for await (const edits of editsOf(output, run)) {
      if (edits.length > 0) yield ledgerBatch(edits, { run: id, hasTexts });
    }
  }
}

/** The edits of an output, those of a batch of its record at a time. */
async function* editsOf(
  { relativePath: file, record }: EditedOutput,
  { manifest, setAside }: EditedRun,
): AsyncGenerator<readonly LedgerEdit[]> {
  if (record === null) return;
  const open = () => readKeptRecord(record, { manifest, relativePath: file });
  const keptOf = await keptTexts(open, setAside);
  const placeOf = placesOf();
  for await (const batch of open()) {
    const [editsOfRow, keyOf] = [wholeEdits(batch), documentKeys(batch)];
    const edits: LedgerEdit[] = [];
    for (const { index, ...place } of placeOf(batch, keptOf(batch))) {
      for (const edit of editsOfRow(index)) {
        edits.push({ ...edit, file, ...place, documentKey: keyOf(index) });
      }
    }
    yield edits;
  }
}

type RowPlace = Pick<LedgerEdit, 'row' | 'outputRow' | 'text'> & { readonly index: number };

/** Where the rows of a record's batches that were not set aside stand in the input and the output; batches in order. */
function placesOf(): (batch: RecordBatch, kept: Int32Array) => Generator<RowPlace> {
  let firstRow = 0;
  let outputText = 0;
  let [outputRow, lastRow] = [-1, -1];
  return function* placesOf(batch, kept) {
    const places = hasTextPlaces(batch) ? textPlaces(batch) : undefined;
    for (const index of kept) {
      const row = places?.row(index) ?? firstRow + index;
      if (row !== lastRow) outputRow++;
      lastRow = row;
      const text = places && { outputText, place: places.place(index) };
      yield { index, row, outputRow, text };
      outputText++;
    }
    firstRow += batch.numRows;
  };
}
