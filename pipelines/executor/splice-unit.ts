import { passReasonsOf } from '../../src/arrow/pass-reason-column.ts';
import type { PassReason } from '../../src/columns.ts';
import { ToeditError } from '../../src/errors.ts';
import { commitFile } from '../../src/files/commit-file.ts';
import { type RowGroupPlan, spliceParquet } from '../../src/parquet/splice/splice-parquet.ts';
import { editedText } from '../../src/record/edited-text.ts';
import { recordRows } from '../../src/record/read-record.ts';
import { type RowTaker, takeRowsOf } from '../../src/record/take-rows-of.ts';
import { nameInError } from '../../src/zip/name-in-errors.ts';
import { checkOutput } from '../check-output.ts';
import type { HashedFile, UnitRecord } from './finish-unit.ts';

/** What is to be spliced, and where to. */
export interface ParquetSplice {
  /** What errors call the input. */
  readonly file: string;
  /** Where it lies. */
  readonly inputPath: string;
  readonly path: string;
  readonly temporaryPath: string;
  readonly textColumn: string;
  readonly record: UnitRecord;
  /** Rows of the input to take at most. */
  readonly limit: number;
  /** Rows of these reasons are left out. */
  readonly dead: readonly PassReason[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Writes a Parquet output: its input, with the text of edited row groups made anew from the record, and all else copied as
 * bytes. Of a row group that loses rows, all columns are written anew, physical value by physical value.
 *
 * @throws ToeditError as `spliceParquet`; `INPUT_CHANGED`, `ROWS_LOST`.
 */
export async function spliceUnit(splice: ParquetSplice): Promise<HashedFile> {
  const { inputPath, path, temporaryPath, textColumn: column, signal } = splice;
  await using rows = takeRowsOf(splice.record.batches?.() ?? nothing());
  let firstRow = 0;
  const plan = async (_: number, count: number): Promise<RowGroupPlan> => {
    const row = firstRow;
    firstRow += count;
    return await planRowGroup(splice, rows, { row, count });
  };
  let sha256 = '';
  let written = { rows: 0, bytes: 0 };
  const check = async (): Promise<void> => {
    const { rows } = written;
    const expected = { rows, name: path, textColumn: column, signal };
    ({ sha256 } = await checkOutput(temporaryPath, expected));
  };
  try {
    await commitFile(path, { overwrite: true, temporaryPath, check, signal }, async () => {
      const options = { path: inputPath, temporaryPath, outputPath: path, column, signal, plan };
      written = await spliceParquet(options);
    });
  } catch (error) {
    throw inputPath === splice.file ? error : nameInError(error, inputPath, splice.file);
  }
  return { path, ...written, sha256 };
}

/** Rows of the input that make up a row group. */
interface RowRange {
  readonly row: number;
  readonly count: number;
}

async function planRowGroup(
  { file, record, limit, dead }: ParquetSplice,
  rows: RowTaker,
  { row: firstRow, count }: RowRange,
): Promise<RowGroupPlan> {
  const within = Math.max(0, Math.min(count, limit - firstRow));
  if (record.batches === undefined) return { keep: kept(count, (row) => row < within) };
  if (within === 0) return { keep: new Uint8Array(count) };
  const batch = await rows.take(within);
  if (batch === null) throw rowsLost(file, firstRow + within);
  const recorded = recordRows(batch);
  const reasons = passReasonsOf(batch);
  const isKept = (row: number): boolean => {
    const reason = reasons[row] ?? null;
    return row < within && (reason === null || !dead.includes(reason));
  };
  const isEdited = reasons.some((_, row) => isKept(row) && recorded.edits(row).length > 0);
  return {
    keep: kept(count, isKept),
    ...(isEdited && {
      edit: (row, text) => editedText(text, recorded, row, { file, row: firstRow }),
    }),
  };
}

function kept(count: number, isKept: (row: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: count }, (_, row) => (isKept(row) ? 1 : 0));
}

async function* nothing(): AsyncGenerator<never> {
  // Where nothing is recorded, no row is asked for.
}

function rowsLost(file: string, rows: number): ToeditError {
  return new ToeditError(
    'ROWS_LOST',
    `${file}: it has more rows (${rows}) than were scored; run again, and please report it where that does not help`,
    { place: { file } },
  );
}
