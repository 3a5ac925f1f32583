import { TooLarge } from '../errors.ts';
import type { ChunkPlace, ReadAt } from './footer/column-chunk.ts';
import { type DecodedPage, decodedPages } from './pages/decoded-pages.ts';

/** More rows are not asked about. */
const mostRows = 2 ** 20;

/** What an entry takes without its bytes: an offset, a validity bit, levels. */
const entryBytes = 8;

/**
 * How many bytes the largest record batch of a row group has once its rows are decoded, by the rows of a batch: 1, 2, 4, up to
 * 2^20. Batches begin at the row group's first row.
 */
export type LargestBatches = ReadonlyMap<number, number>;

/**
 * Decodes the chunks of a row group page by page, to see how large its record batches become: a value that a dictionary
 * repeats takes its bytes in each row. The largest batches of the columns are summed up, wherever they lie.
 *
 * @param mostRowBytes - what a row may have in one column.
 * @throws Error as `decodedPages`; TooLarge.
 */
export async function largestBatches(
  read: ReadAt,
  chunks: readonly ChunkPlace[],
  mostRowBytes: number,
): Promise<LargestBatches> {
  const sums = new Map<number, number>();
  for (const chunk of chunks) {
    const rows = rowSizes(mostRowBytes);
    for await (const page of decodedPages(read, chunk)) addPage(rows, page, chunk);
    for (const [count, most] of rows.end()) sums.set(count, (sums.get(count) ?? 0) + most);
  }
  return sums;
}

function addPage(rows: RowSizes, page: DecodedPage, { leaf }: ChunkPlace): void {
  const { values, entries, definitionLevels, repetitionLevels } = page;
  const { maxDefinitionLevel, maxRepetitionLevel } = leaf;
  let value = 0;
  for (let at = 0; at < entries; at++) {
    if (maxRepetitionLevel === 0 || repetitionLevels[at] === 0) rows.begin();
    const isValue = maxDefinitionLevel === 0 || definitionLevels[at] === maxDefinitionLevel;
    if (values.kind === 'fixed') rows.add(values.width + entryBytes);
    else rows.add((isValue ? (values.items[value++]?.length ?? 0) : 0) + entryBytes);
  }
}

interface RowSizes {
  begin(): void;
  /** @throws TooLarge where the row has more than a row may have. */
  add(bytes: number): void;
  /** The largest sum of 1, 2, 4, up to 2^20 rows that follow one another, by their count. */
  end(): Map<number, number>;
}

function rowSizes(most: number): RowSizes {
  const levels: { readonly rows: number; most: number; pending: number }[] = [];
  for (let rows = 1; rows <= mostRows; rows *= 2) levels.push({ rows, most: 0, pending: -1 });
  let row = -1;
  const finishRow = (): void => {
    let sum = row;
    for (const level of levels) {
      level.most = Math.max(level.most, sum);
      if (level.pending < 0) {
        level.pending = sum;
        return;
      }
      sum += level.pending;
      level.pending = -1;
    }
  };
  return {
    begin: () => {
      if (row >= 0) finishRow();
      row = 0;
    },
    add: (bytes) => {
      row += bytes;
      if (row > most) throw new TooLarge('a row', { bytes: row, most }, 'decoded');
    },
    end: () => {
      if (row >= 0) finishRow();
      // The last of each may lack rows.
      let rest = 0;
      for (const level of levels) {
        level.most = Math.max(level.most, rest);
        rest += Math.max(0, level.pending);
      }
      return new Map(levels.map((level) => [level.rows, level.most]));
    },
  };
}
