import type { Field } from 'apache-arrow';
import { requireAbsentFrom, withoutColumns } from '../../src/arrow/columns.ts';
import { sliceRecordBatch } from '../../src/arrow/concat/record-batches.ts';
import { columnNames, type PassReason } from '../../src/columns.ts';
import type { WriteResult } from '../../src/files/commit-file.ts';
import { commitFile } from '../../src/files/commit-file.ts';
import type { Operator, Source } from '../../src/operator.ts';
import { type FileMetadata, leavesOf } from '../../src/parquet/footer/file-metadata.ts';
import { type RowGroupPlan, spliceParquet } from '../../src/parquet/splice/splice-parquet.ts';
import {
  type CursorBatch,
  editedText,
  outputBatch,
  type RecordCursor,
  recordCursor,
  rowsLost,
  takeRowsOf,
} from '../../src/record/read-record.ts';
import type { TextSelection } from '../../src/texts/text-selection.ts';
import { nameInError } from '../../src/zip/read-zip-directory.ts';
import { rowReasons, textPlanner } from '../texts/plan-texts.ts';
import { requireLeaves } from '../texts/text-leaves.ts';
import { checkOutput } from './check-output.ts';

/** A row for each of the output file's, in order. */
export interface OutputRecord {
  readonly rows: number;
  /** Undefined where no row is edited or set aside: then nothing need be recorded. */
  batches?(): Source;
}

/** A file that was written, and the SHA-256 of its bytes, in hexadecimal. */
export type HashedFile = WriteResult & { readonly sha256: string };

/** What is to be spliced, and where to. */
export interface ParquetSplice {
  /** What errors call the input. */
  readonly file: string;
  /** Where it lies. */
  readonly inputPath: string;
  readonly footer: FileMetadata;
  readonly path: string;
  readonly temporaryPath: string;
  /** The text's column; null where rows have texts by paths. */
  readonly textColumn: string | null;
  /** Null where the text is one column by its name. */
  readonly selection: TextSelection | null;
  /** For which reasons rows are set aside. */
  readonly dead: readonly PassReason[];
  readonly record: OutputRecord;
  /** Rows of the input to take at most. */
  readonly limit: number;
  /** Which rows are written, by their `pass_reason`. */
  readonly isKept: (reason: PassReason | null) => boolean;
  /** Makes the columns that are added of those of the record, for the rows that are written; null where none is. */
  readonly added: Operator | null;
  /** Whether the record's edits are a column. */
  readonly report: boolean;
  /** Rejects where the input is not what it was: then nothing appears. */
  readonly requireInput: (() => Promise<void>) | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Writes a Parquet output: its input, with the text of edited row groups made anew from the record, and all else copied as
 * bytes. Of a row group that loses rows, all columns are written anew, physical value by physical value.
 *
 * @throws ToeditError as `spliceParquet`; `INPUT_CHANGED`, `ROWS_LOST`.
 */
export async function spliceOutput(splice: ParquetSplice): Promise<HashedFile> {
  const { inputPath, footer, path, temporaryPath, textColumn, selection, signal } = splice;
  await using planner = await openPlanner(splice);
  const column = selection === null ? (textColumn ?? 'text') : requireLeaves(footer, selection);
  let sha256 = '';
  let written = { rows: 0, bytes: 0 };
  const check = async (): Promise<void> => {
    const expected = { rows: written.rows, name: path, ...(textColumn !== null && { textColumn }) };
    ({ sha256 } = await checkOutput(temporaryPath, { ...expected, signal }));
    await splice.requireInput?.();
  };
  try {
    await commitFile(path, { overwrite: true, temporaryPath, check, signal }, async () => {
      const places = { path: inputPath, footer, temporaryPath, outputPath: path };
      written = await spliceParquet({ ...places, column, signal, ...planner });
    });
  } catch (error) {
    throw inputPath === splice.file ? error : nameInError(error, inputPath, splice.file);
  }
  return { path, ...written, sha256 };
}

interface Planner extends AsyncDisposable {
  /** The columns that are added. */
  readonly added: readonly Field[];
  plan(rowGroup: number, rows: number): Promise<RowGroupPlan>;
}

async function openPlanner(splice: ParquetSplice): Promise<Planner> {
  const { record, added: make } = splice;
  const batches = record.batches?.bind(record);
  const rows = batches && rowsPlanner(splice, batches);
  const columns =
    make === null || batches === undefined ? null : takeRowsOf(make(rowColumns(splice, batches)));
  const added = (await columns?.take(0))?.schema.fields ?? [];
  requireAbsentFrom(
    leavesOf(splice.footer).map(({ path: [name = ''] }) => name),
    added.map(({ name }) => name),
  );
  let firstRow = 0;
  return {
    added,
    async plan(_, count) {
      const range = { row: firstRow, count };
      const { keep, ...edits } = (await rows?.plan(range)) ?? { keep: untilLimit(splice, range) };
      firstRow += count;
      const keptRows = keep.reduce((sum, each) => sum + each, 0);
      if (columns === null) return { keep, ...edits };
      const pieces = await columns.takePieces(keptRows);
      if (pieces === null) throw rowsLost(splice.file, firstRow);
      // Copies begin at offset 0, and do not keep whole batches in memory.
      const copies = pieces.map((batch) => sliceRecordBatch(batch, 0, batch.numRows));
      return { keep, ...edits, added: copies };
    },
    async [Symbol.asyncDispose]() {
      await rows?.[Symbol.asyncDispose]();
      await columns?.[Symbol.asyncDispose]();
    },
  };
}

/** Plans the rows of a row group: which stay, and what becomes of their texts. */
interface RowsPlanner extends AsyncDisposable {
  plan(
    range: RowRange,
  ): Promise<{ readonly keep: Uint8Array } & Pick<RowGroupPlan, 'edit' | 'edits'>>;
}

function rowsPlanner(splice: ParquetSplice, batches: () => Source): RowsPlanner {
  const { file, limit, dead, isKept, selection } = splice;
  if (selection?.isMany === true) {
    const paths = selection.paths.length;
    const planner = textPlanner({ file, record: batches, paths, limit, dead, isKept });
    return { ...planner, plan: ({ count }) => planner.plan(count) };
  }
  const cursors = {
    marks: recordCursor(editsOf(batches()), file),
    texts: recordCursor(editsOf(batches()), file),
  };
  return {
    plan: (range) => planTexts(splice, cursors, range),
    async [Symbol.asyncDispose]() {
      await cursors.marks[Symbol.asyncDispose]();
      await cursors.texts[Symbol.asyncDispose]();
    },
  };
}

/** The columns of the record that may be added to the rows. */
function rowColumns({ report, selection, dead }: ParquetSplice, batches: () => Source): Source {
  if (selection?.isMany === true) return rowReasons({ record: batches, dead });
  return columnsOf(batches(), report);
}

function untilLimit({ limit }: ParquetSplice, { row, count }: RowRange): Uint8Array {
  return new Uint8Array(count).fill(1, 0, Math.max(0, Math.min(count, limit - row)));
}

/** Rows of the input that make up a row group. */
interface RowRange {
  readonly row: number;
  readonly count: number;
}

/** The record is walked twice: to know which rows stay, and then beside the texts. So no row group's record is held. */
interface Cursors {
  readonly marks: RecordCursor;
  readonly texts: RecordCursor;
}

async function planTexts(
  { file, limit, isKept }: ParquetSplice,
  { marks, texts }: Cursors,
  { row: firstRow, count }: RowRange,
): Promise<{ readonly keep: Uint8Array } & Pick<RowGroupPlan, 'edit'>> {
  const within = Math.max(0, Math.min(count, limit - firstRow));
  const keep = new Uint8Array(count);
  let isEdited = false;
  for (let row = 0; row < within; row++) {
    const batch = marks.at(firstRow + row) ?? (await marks.advance(firstRow + row));
    const at = firstRow + row - batch.firstRow;
    if (!isKept(batch.reasons[at] ?? null)) continue;
    keep[row] = 1;
    isEdited ||= batch.rows.edits(at).length > 0;
  }
  if (!isEdited) return { keep };
  const edited = (batch: CursorBatch, row: number, text: Uint8Array): Uint8Array =>
    editedText(text, batch.rows, firstRow + row - batch.firstRow, { file, row: batch.firstRow });
  return {
    keep,
    edit: (row, text) => {
      const batch = texts.at(firstRow + row);
      if (batch !== undefined) return edited(batch, row, text);
      return texts.advance(firstRow + row).then((next) => edited(next, row, text));
    },
  };
}

/** What edits the text: of scores, all else is left where it is. */
async function* editsOf(record: Source): Source {
  const scores = [columnNames.tokenIds, columnNames.tokenLogprobs];
  for await (const batch of record) yield withoutColumns(batch, scores);
}

async function* columnsOf(record: Source, report: boolean): Source {
  for await (const batch of record) yield outputBatch(batch, { report });
}
