import type { RecordBatch } from 'apache-arrow';
import { keptTexts } from '../operators/kept-texts.ts';
import { textColumn } from '../src/arrow/text-column.ts';
import { ToeditError } from '../src/errors.ts';
import { globToRegExp } from '../src/files/glob.ts';
import type { DiffEdit, DiffPassage, DiffReport } from '../src/metrics/diff-report.ts';
import type { Source } from '../src/operator.ts';
import { badOption, type OptionNames, requireInteger, requireNames } from '../src/options.ts';
import { excerptOf, passagesOf } from '../src/record/excerpts.ts';
import type { WholeEdit } from '../src/record/make-record.ts';
import { recordRows, takeRowsOf } from '../src/record/read-record.ts';
import { originalText, wholeEdits } from '../src/record/whole-edits.ts';
import { hasTextPlaces, textPlaces } from '../src/texts/text-rows.ts';
import { openInput } from './executor/open-input.ts';
import { optionsOfManifest } from './stages/corpus-options.ts';
import {
  type EditedOutput,
  type EditedRun,
  readEditedRun,
  readKeptRecord,
} from './stages/edited-run.ts';

/** What `diffRun` takes. */
export interface DiffRunOptions {
  /** The output directory of a run that edits, done or not. */
  readonly edited: string;
  /** A glob that the path of a file below the output directory, or its name, must match. @defaultValue all */
  readonly file?: string | undefined;
  /** Of each file the row of the input, from 0. @defaultValue all */
  readonly row?: number | undefined;
  /** Passages to return at most. @defaultValue 20 */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const diffRunOptionNames: OptionNames<DiffRunOptions> = {
  edited: true,
  file: true,
  row: true,
  limit: true,
  signal: true,
};

/**
 * Returns what a run has edited, in context: by the record of its edits and the texts of its outputs, not by comparing texts.
 *
 * @throws ToeditError `BAD_OPTION`; `MANIFEST_MISSING`; `INPUT_CHANGED` where an output is not what the run wrote; of reading.
 */
export async function diffRun(options: DiffRunOptions): Promise<DiffReport> {
  requireNames('diffRun', options, diffRunOptionNames);
  const { edited, file, limit = 20, row, signal } = options;
  requireInteger('limit', limit, [1]);
  requireInteger('row', row, [0]);
  const run = await readEditedRun(edited);
  const outputs = run.outputs.filter(({ relativePath }) => isMatch(relativePath, file));
  if (outputs.length === 0 && file !== undefined) {
    throw badOption('file', file, `no finished file in ${edited} matches it`);
  }
  const passages: DiffPassage[] = [];
  for (const output of outputs) {
    for await (const passage of passagesIn(output, run, { row, signal })) {
      if (passages.length === limit) return { run: run.manifest.id, passages, isCut: true };
      passages.push(passage);
    }
  }
  return { run: run.manifest.id, passages, isCut: false };
}

function isMatch(path: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return true;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return [path, name].some((each) => each === pattern || globToRegExp(pattern).test(each));
}

type Wanted = Pick<DiffRunOptions, 'row' | 'signal'>;

async function* passagesIn(
  output: EditedOutput,
  run: EditedRun,
  wanted: Wanted,
): AsyncGenerator<DiffPassage> {
  const { relativePath: file, record } = output;
  if (record === null) return;
  await using texts = takeRowsOf(textsOf(output, run, wanted));
  let firstRow = 0;
  const open = () => readKeptRecord(record, { manifest: run.manifest, relativePath: file });
  const keptOf = await keptTexts(open, run.setAside);
  for await (const batch of open()) {
    wanted.signal?.throwIfAborted();
    const placeOf = placesIn(batch, firstRow);
    const isBehind = batch.numRows > 0 && placeOf(0).row > (wanted.row ?? Number.POSITIVE_INFINITY);
    if (isBehind) return;
    const kept = keptOf(batch);
    const taken = await texts.take(kept.length);
    if (taken === null) throw notAsWritten(output, firstRow);
    for (const text of editedRows(batch, { kept, taken, column: run.textColumn })) {
      const place = placeOf(text.row);
      if ((wanted.row ?? place.row) !== place.row) continue;
      if (text.bytes === undefined) throw notAsWritten(output, place.row);
      yield* passagesAt({ file, ...place }, text.bytes, text.edits);
    }
    firstRow += batch.numRows;
  }
}

/** Where the rows of a record's batch lie in the input; of texts that have rows of their own also where in their row. */
function placesIn(
  batch: RecordBatch,
  firstRow: number,
): (index: number) => Pick<DiffPassage, 'row' | 'place'> {
  if (!hasTextPlaces(batch)) return (index) => ({ row: firstRow + index });
  const { row, place } = textPlaces(batch);
  return (index) => ({ row: row(index), place: place(index) });
}

interface EditedRow {
  readonly row: number;
  /** The text before its edits; undefined where it is another one. */
  readonly bytes: Uint8Array | undefined;
  readonly edits: readonly WholeEdit[];
}

function* editedRows(
  batch: RecordBatch,
  {
    kept,
    taken,
    column,
  }: { readonly kept: Int32Array; readonly taken: RecordBatch; readonly column: string },
): Generator<EditedRow> {
  const [recorded, editsOf, text] = [
    recordRows(batch),
    wholeEdits(batch),
    textColumn(taken, column),
  ];
  for (const [at, row] of kept.entries()) {
    const edits = editsOf(row);
    if (edits.length === 0) continue;
    const original = text.isNull(at) ? undefined : originalText(text.bytes(at), edits);
    const isOwn = original !== undefined && recorded.isText(row, original);
    yield { row, bytes: isOwn ? original : undefined, edits };
  }
}

function* passagesAt(
  place: Pick<DiffPassage, 'file' | 'row' | 'place'>,
  bytes: Uint8Array,
  edits: readonly WholeEdit[],
): Generator<DiffPassage> {
  let seen = 0;
  for (const passage of passagesOf({ bytes, edits })) {
    const own = edits.slice(seen, seen + passage.edits.length);
    seen += own.length;
    yield { ...place, ...excerptOf(passage), edits: own.map(diffEdit) };
  }
}

function diffEdit({ oldBytes, newBytes, ...edit }: WholeEdit): DiffEdit {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return { ...edit, oldBytes: hex(oldBytes), newBytes: hex(newBytes) };
}

/** The texts of an output; one with a column of edits is read whole. */
async function* textsOf(
  { relativePath, report: { output: path } }: EditedOutput,
  { manifest }: EditedRun,
  { signal }: Wanted,
): Source {
  const { maxTextBytes, report, ...others } = optionsOfManifest(manifest);
  const { textColumn: column, roles, roleField } = others;
  const texts = { textColumn: column, roles, roleField };
  const options = { inputs: [], output: '', ...texts, maxTextBytes, signal };
  for await (const input of openInput({ path, relativePath }, options)) {
    if (input.status !== 'data') continue;
    const isWhole = report === true && input.selection === null;
    yield* isWhole ? input.source : input.textsFrom(0);
  }
}

function notAsWritten({ report: { output } }: EditedOutput, row: number): ToeditError {
  const what = `the text of row ${String(row)} of the input is not as it was written`;
  return new ToeditError('INPUT_CHANGED', `${output}: ${what}; put the file back`, {
    place: { file: output },
  });
}
