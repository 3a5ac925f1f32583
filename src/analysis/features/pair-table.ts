/**
 * Pairs of token numbers: by slot four numbers, so that a look-up touches one line of the cache: one more than the first token's
 * number (0 in an empty slot), the second's, how often the pair was met since the counts were taken last, and its bucket.
 */
export interface PairTable {
  cells: Int32Array;
  size: number;
  readonly maxSize: number;
}

/** Where the numbers of a slot lie. */
export const pairCells = { first: 0, second: 1, count: 2, bucket: 3, width: 4 } as const;

const { second: secondCell, count: countCell, bucket: bucketCell, width } = pairCells;
const leastSlots = 2048;

/** An empty table. */
export function newPairTable(maxSize: number): PairTable {
  return { cells: new Int32Array(width * leastSlots), size: 0, maxSize };
}

/** Where the pair's numbers begin, or would: `cells[at]` is 0 where it is not there. */
export function findPair({ cells }: PairTable, first: number, second: number): number {
  const mask = cells.length / width - 1;
  let slot = hashOf(first, second) & mask;
  for (;;) {
    const at = slot * width;
    const found = cells[at] ?? 0;
    if (found === 0 || (found === first + 1 && cells[at + secondCell] === second)) return at;
    slot = (slot + 1) & mask;
  }
}

function hashOf(first: number, second: number): number {
  const mixed = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca77);
  return mixed ^ (mixed >>> 15);
}

/** Puts a pair that was met once where `findPair` found room; the table may then grow. */
export function addPair(
  table: PairTable,
  at: number,
  pair: { readonly first: number; readonly second: number; readonly bucket: number },
): void {
  const { cells } = table;
  cells[at] = pair.first + 1;
  cells[at + secondCell] = pair.second;
  cells[at + countCell] = 1;
  cells[at + bucketCell] = pair.bucket;
  table.size++;
  if (2 * width * table.size > cells.length) refill(table, 2 * cells.length, -1);
}

/** How often each pair was met since the counts were taken last. */
export function pairCounts({ cells, size }: PairTable): Float64Array {
  const counts = new Float64Array(size);
  let next = 0;
  for (let at = 0; at < cells.length; at += width) {
    if (cells[at] !== 0) counts[next++] = cells[at + countCell] ?? 0;
  }
  return counts;
}

/** Keeps the pairs that were met at least so often, without their counts. */
export function keepPairs(table: PairTable, leastCount: number): void {
  refill(table, table.cells.length, leastCount);
  forgetCounts(table);
}

/** Begins to count anew. */
export function forgetCounts({ cells }: PairTable): void {
  for (let at = countCell; at < cells.length; at += width) cells[at] = 0;
}

/** Forgets all pairs. */
export function clearPairs(table: PairTable): void {
  table.cells.fill(0);
  table.size = 0;
}

function refill(table: PairTable, length: number, leastCount: number): void {
  const old = table.cells;
  table.cells = new Int32Array(length);
  table.size = 0;
  for (let from = 0; from < old.length; from += width) {
    const first = (old[from] ?? 0) - 1;
    if (first < 0 || (old[from + countCell] ?? 0) < leastCount) continue;
    const at = findPair(table, first, old[from + secondCell] ?? 0);
    table.cells.set(old.subarray(from, from + width), at);
    table.size++;
  }
}
