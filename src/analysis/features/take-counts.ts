import type { FeatureState } from './feature-state.ts';
import {
  addBigram,
  dropRareBigrams,
  heldBigrams,
  largestCut,
  longestBigram,
} from './frequent-bigrams.ts';
import { type PairTable, pairCells, pairCounts } from './pair-table.ts';
import type { TokenTable } from './token-table.ts';

/** Adds to a state what the tables have counted since the last time. The pairs' counts stay, the tokens' go. */
export function takeCounts(state: FeatureState, tokens: TokenTable, pairs: PairTable): void {
  const { buckets } = state;
  const add = (bucket: number, count: number): void => {
    buckets[bucket] = (buckets[bucket] ?? 0) + count;
  };
  for (let id = 0; id < tokens.size; id++) {
    add(tokens.buckets[id] ?? 0, tokens.counts[id] ?? 0);
    tokens.counts[id] = 0;
  }
  const { cells } = pairs;
  for (let at = 0; at < cells.length; at += pairCells.width) {
    if (cells[at] !== 0) add(cells[at + pairCells.bucket] ?? 0, cells[at + pairCells.count] ?? 0);
  }
  takeFrequent(state, tokens, pairs);
}

/** Only what is met most often is given its name: most bigrams are met once. */
function takeFrequent(
  { frequent }: FeatureState,
  tokens: TokenTable,
  { cells, ...pairs }: PairTable,
): void {
  const cut = largestCut(pairCounts({ cells, ...pairs }), heldBigrams);
  frequent.undercount += cut;
  for (let at = 0; at < cells.length; at += pairCells.width) {
    const count = cells[at + pairCells.count] ?? 0;
    if (cells[at] === 0 || count <= cut) continue;
    const bigram = nameOf(tokens, (cells[at] ?? 0) - 1, cells[at + pairCells.second] ?? 0);
    if (bigram !== undefined) addBigram(frequent, bigram, count);
  }
  if (frequent.counts.size > 2 * heldBigrams) dropRareBigrams(frequent, heldBigrams);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function nameOf({ starts, bytes }: TokenTable, first: number, second: number): string | undefined {
  const [start, end] = [starts[first] ?? 0, starts[first + 1] ?? 0];
  const [from, to] = [starts[second] ?? 0, starts[second + 1] ?? 0];
  if (end - start + 1 + to - from > longestBigram) return undefined;
  return `${decoder.decode(bytes.subarray(start, end))} ${decoder.decode(bytes.subarray(from, to))}`;
}
