import { batchOfColumns } from '../../src/arrow/columns.ts';
import { passReasonColumn } from '../../src/arrow/pass-reasons.ts';
import type { PassReason } from '../../src/columns.ts';
import type { Source } from '../../src/operator.ts';
import type { EditText } from '../../src/parquet/splice/rewrite-chunk.ts';
import { editedText, rowsLost } from '../../src/record/read-record.ts';
import { type TextCursor, textCursor } from './text-cursor.ts';

/** The record of rows that may have more texts than one, and which rows are written. */
export interface RecordedTexts {
  /** What errors call the input. */
  readonly file: string;
  readonly record: () => Source;
  /** How many paths there are. */
  readonly paths: number;
  /** Rows of the input to take at most. */
  readonly limit: number;
  /** For which reasons rows are set aside. */
  readonly dead: readonly PassReason[];
  /** Which rows are written, by the reason for which they are set aside. */
  readonly isKept: (reason: PassReason | null) => boolean;
}

/** What becomes of the rows of a row group. */
export interface TextPlan {
  /** One a row, 1 where it is written. */
  readonly keep: Uint8Array;
  /** One a path; undefined where no text of it changes. */
  readonly edits: readonly (EditText | undefined)[];
}

/** Plans row groups, one after the other. */
export interface TextPlanner extends AsyncDisposable {
  /** @throws ToeditError `ROWS_LOST`; from the edits also `INPUT_CHANGED`. */
  plan(rows: number): Promise<TextPlan>;
}

/** A planner before the first row group. The record is walked once for the marks, and once for each path that is edited. */
export function textPlanner(texts: RecordedTexts): TextPlanner {
  const marks = textCursor(texts.record());
  const cursors = Array.from({ length: texts.paths }, (_, path) =>
    textCursor(texts.record(), path),
  );
  let firstRow = 0;
  return {
    async plan(count) {
      const range = { row: firstRow, count };
      firstRow += count;
      const { keep, edited } = await marked(texts, marks, range);
      const edits = cursors.map((cursor, path) =>
        edited.has(path) ? editOf(texts.file, cursor, range.row) : undefined,
      );
      return { keep, edits };
    },
    async [Symbol.asyncDispose]() {
      for (const cursor of [marks, ...cursors]) await cursor[Symbol.asyncDispose]();
    },
  };
}

interface RowRange {
  readonly row: number;
  readonly count: number;
}

async function marked(
  { file, limit, dead, isKept }: RecordedTexts,
  cursor: TextCursor,
  { row: firstRow, count }: RowRange,
): Promise<{ readonly keep: Uint8Array; readonly edited: ReadonlySet<number> }> {
  const within = Math.max(0, Math.min(count, limit - firstRow));
  const reasons = new Map<number, PassReason | null>();
  const editedPaths = new Map<number, number[]>();
  for (let text = await cursor.peek(); text !== undefined; text = await cursor.peek()) {
    const row = text.row - firstRow;
    if (row >= within) break;
    cursor.skip();
    const { reason } = text;
    const own = reason !== null && dead.includes(reason) ? reason : null;
    reasons.set(row, reasons.get(row) ?? own);
    const hasEdits = text.rows.edits(text.index).length > 0;
    if (hasEdits) editedPaths.set(row, [...(editedPaths.get(row) ?? []), text.path]);
  }
  if (reasons.size !== within) throw rowsLost(file, firstRow + within);
  const keep = new Uint8Array(count);
  for (const [row, reason] of reasons) keep[row] = isKept(reason) ? 1 : 0;
  // A row that is set aside stays as it was.
  const isEdited = (row: number): boolean => keep[row] === 1 && reasons.get(row) === null;
  const edited = [...editedPaths].flatMap(([row, paths]) => (isEdited(row) ? paths : []));
  return { keep, edited: new Set(edited) };
}

/** Called for each text of a path that is not null, of rows that are written: those that the roles leave out stay. */
function editOf(file: string, cursor: TextCursor, firstRow: number): EditText {
  const last = { row: -1, item: -1 };
  return async (row, bytes) => {
    last.item = row === last.row ? last.item + 1 : 0;
    last.row = row;
    const wanted = firstRow + row;
    for (let text = await cursor.peek(); text !== undefined; text = await cursor.peek()) {
      const isBehind = text.row > wanted || (text.row === wanted && text.item > last.item);
      if (isBehind) return bytes;
      cursor.skip();
      if (text.row !== wanted || text.item !== last.item) continue;
      return editedText(bytes, text.rows, text.index, { file, row: wanted - text.index });
    }
    return bytes;
  };
}

/** Rows of a batch of reasons. */
const reasonRows = 4096;

/** A row for each row of the input, with the reason in `pass_reason` for which it is set aside. */
export async function* rowReasons({
  record,
  dead,
}: Pick<RecordedTexts, 'record' | 'dead'>): Source {
  await using cursor = textCursor(record());
  let reasons: (PassReason | null)[] = [];
  let row = -1;
  for (let text = await cursor.peek(); text !== undefined; text = await cursor.peek()) {
    cursor.skip();
    if (text.row !== row && reasons.length === reasonRows) {
      yield reasonsBatch(reasons);
      reasons = [];
    }
    if (text.row !== row) reasons.push(null);
    row = text.row;
    const { reason } = text;
    const isDead = reason !== null && dead.includes(reason);
    if (isDead) reasons[reasons.length - 1] ??= reason;
  }
  yield reasonsBatch(reasons);
}

function reasonsBatch(reasons: readonly (PassReason | null)[]) {
  const numRows = reasons.length;
  return batchOfColumns([passReasonColumn(reasons)], { numRows, metadata: new Map() });
}
