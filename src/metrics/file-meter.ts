/** What is known of a file, or of a member of an archive, before it is read. */
export interface FileExtent {
  /** Null where the format does not say before its end. */
  readonly rowsTotal: number | null;
  /** Rows that are read at most. */
  readonly limit?: number | undefined;
  /** Of the input as it lies on the disk; null where it is not known how many of them are read. */
  readonly bytes: number | null;
  /** Rows that an earlier process has done. */
  readonly firstRow: number;
}

/** How far the work on a file is, from what its stages see. */
export interface FileMeter {
  /** Notes rows that were read, and how many bytes of the input were read by then. */
  read(rows: number, bytesRead: number): void;
  /** Notes a record batch that is about to be scored. */
  begin(rows: number, tokens: number): void;
  /** Notes tokens of that record batch that were scored. */
  score(tokens: number): void;
  /** Notes how many rows of the file, the earlier ones included, are committed. */
  commit(rows: number): void;
  /** Tokens of the record batch under way that are not scored yet. */
  tokensLeft(): number;
  /** Rows that are through; those of the record batch under way by the share of its tokens. */
  rowsDone(): number;
  /** The share of the file that is through, from 0 to 1. */
  share(): number;
  /** The share that an earlier process had done. */
  shareBefore(): number;
}

/** Where the reader was after a number of rows. */
interface Mark {
  readonly row: number;
  readonly bytes: number;
}

/**
 * A meter of one file. Where its rows are not known beforehand, they are placed by the bytes that were read with them: a
 * reader is ahead of the prior by some record batches, so the place of a row is found between two marks.
 */
export function fileMeter({ rowsTotal, limit, bytes, firstRow }: FileExtent): FileMeter {
  let marks: readonly Mark[] = [{ row: 0, bytes: 0 }];
  let committed = firstRow;
  let batch = { rows: 0, tokens: 0, scored: 0 };
  let before: number | undefined;
  const rowsRead = (): number => Math.max(firstRow, marks.at(-1)?.row ?? 0);
  const place = (): number => {
    const { rows, tokens, scored } = batch;
    return committed + (tokens === 0 ? 0 : rows * Math.min(1, scored / tokens));
  };
  const shareAt = (row: number): number => {
    if (rowsTotal !== null) return rowsTotal === 0 ? 1 : Math.min(1, row / rowsTotal);
    const ofLimit = limit === undefined ? 0 : row / Math.max(1, limit);
    const ofBytes = bytes === null ? 0 : bytesAt(marks, row) / Math.max(1, bytes);
    return Math.min(1, Math.max(ofLimit, ofBytes));
  };
  return {
    read(rows, bytesRead) {
      const from = Math.max(
        0,
        marks.findLastIndex(({ row }) => row <= committed),
      );
      marks = [...marks.slice(from), { row: rowsRead() + rows, bytes: bytesRead }];
    },
    begin(rows, tokens) {
      before ??= shareAt(firstRow);
      batch = { rows, tokens, scored: 0 };
    },
    score(tokens) {
      batch.scored += tokens;
    },
    commit(rows) {
      committed = rows;
      batch = { rows: 0, tokens: 0, scored: 0 };
    },
    tokensLeft: () => Math.max(0, batch.tokens - batch.scored),
    rowsDone: () => Math.floor(place()),
    share: () => shareAt(place()),
    shareBefore: () => before ?? shareAt(firstRow),
  };
}

/** The bytes that stand before a row, by the marks around it; of rows that no mark is behind, those that were read. */
function bytesAt(marks: readonly Mark[], row: number): number {
  const next = marks.findIndex((mark) => mark.row >= row);
  const end = marks[next];
  const start = marks[next - 1];
  if (end === undefined) return marks.at(-1)?.bytes ?? 0;
  if (start === undefined || end.row === start.row) return end.bytes;
  return start.bytes + ((end.bytes - start.bytes) * (row - start.row)) / (end.row - start.row);
}
