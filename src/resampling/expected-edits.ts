import type { TokenBytes } from '../text/token-bytes.ts';
import { tokenTransitions, utf8Start, utf8StateCount } from '../text/utf8.ts';
import { gather, newPool, type Pool, weigh } from './draw-candidate.ts';
import { outcomeOf } from './resample-row.ts';
import { leastLogprob } from './resampling-options.ts';
import type { ScoredRow } from './scored-batch.ts';

/** Settings of a rule whose effect is computed in advance. */
export interface SweepSetting {
  /** Tokens at or above this probability are redrawn, in (0, 1]. */
  readonly threshold: number;
  /** Above 0. */
  readonly temperature: number;
  /** 1 to 1024. */
  readonly topK: number;
  readonly excludeOriginal: boolean;
}

/** What a setting would do to the tokens seen so far: means over all draws, not the outcome of one. */
export interface ExpectedEdits {
  /** Tokens that would be redrawn. */
  eligible: number;
  /** The expected number of tokens replaced by another one. */
  changed: number;
  /** The variance of that number: draws are independent. */
  changedVariance: number;
  /** Expected draws that would be refused, for UTF-8 or a special token. */
  refused: number;
  /** The expected change of the sum of ln P over all tokens, a new token's taken where it is drawn: after the original prefix. */
  logprobChange: number;
  /** The expected change of the number of tokens in each bin of the probability histogram, ten bins, closed at 1. */
  readonly histogramChange: Float64Array;
}

/** Adds the tokens of rows to the {@link ExpectedEdits} of each setting. */
export interface SweepCounter {
  readonly settings: readonly SweepSetting[];
  /** By setting. */
  readonly expected: readonly ExpectedEdits[];
  /** Tokens with a logprob by bin, as they are now. */
  readonly histogram: Float64Array;
  readonly tokens: number;
  /** Tokens with a logprob. */
  readonly scoredTokens: number;
  /** The sum of their ln P. */
  readonly logprobSum: number;
  add(row: ScoredRow): void;
}

/** The bin of a probability: ten of width 0.1, the last closed at 1. */
export function histogramBin(logprob: number): number {
  return Math.min(9, Math.floor(10 * Math.exp(logprob)));
}

/** A counter that has seen no row. All rows are of the tokenizer whose bytes are given. */
export function sweepCounter(
  tokenBytes: TokenBytes,
  settings: readonly SweepSetting[],
): SweepCounter {
  const expected = settings.map(noEdits);
  const groups = groupSettings(settings, expected);
  const transitions = tokenTransitions(tokenBytes);
  const totals = { tokens: 0, scoredTokens: 0, logprobSum: 0 };
  const histogram = new Float64Array(10);
  const add = (row: ScoredRow): void => {
    totals.tokens += row.tokenIds.length;
    for (const logprob of row.logprobs) {
      if (Number.isNaN(logprob)) continue;
      totals.scoredTokens++;
      totals.logprobSum += logprob;
      addTo(histogram, histogramBin(logprob), 1);
    }
    let state = utf8Start;
    let cursor = 0;
    row.tokenIds.forEach((oldId, position) => {
      if (row.positions[cursor] === position) {
        const logprob = row.logprobs[position] ?? Number.NaN;
        const token = { oldId, logprob, state, candidates: row.candidates(cursor++) };
        for (const group of groups) addToken(group, token, { tokenBytes, transitions });
      }
      state = transitions[oldId * utf8StateCount + state] ?? state;
    });
  };
  return {
    ...{ settings, expected, histogram, add },
    get tokens() {
      return totals.tokens;
    },
    get scoredTokens() {
      return totals.scoredTokens;
    },
    get logprobSum() {
      return totals.logprobSum;
    },
  };
}

function noEdits(): ExpectedEdits {
  return {
    ...{ eligible: 0, changed: 0, changedVariance: 0, refused: 0, logprobChange: 0 },
    histogramChange: new Float64Array(10),
  };
}

/** Settings that draw from the same candidates: these are gathered once for all. */
interface SettingGroup {
  readonly pool: Pool;
  readonly excludeOriginal: boolean;
  readonly leastLogprob: number;
  readonly members: readonly { readonly temperature: number; readonly sum: ExpectedEdits }[];
}

function groupSettings(
  settings: readonly SweepSetting[],
  expected: readonly ExpectedEdits[],
): readonly SettingGroup[] {
  const groups = new Map<string, SettingGroup & { members: SettingGroup['members'][number][] }>();
  settings.forEach(({ threshold, temperature, topK, excludeOriginal }, index) => {
    const key = JSON.stringify([threshold, topK, excludeOriginal]);
    const group = groups.get(key) ?? {
      pool: newPool(topK),
      excludeOriginal,
      leastLogprob: leastLogprob(threshold, true),
      members: [],
    };
    const sum = expected[index];
    if (sum !== undefined) group.members.push({ temperature, sum });
    groups.set(key, group);
  });
  return [...groups.values()];
}

interface EligibleToken {
  readonly oldId: number;
  readonly logprob: number;
  readonly state: number;
  readonly candidates: ReturnType<ScoredRow['candidates']>;
}

function addToken(
  { pool, excludeOriginal, leastLogprob, members }: SettingGroup,
  token: EligibleToken,
  vocabulary: Parameters<typeof outcomeOf>[0],
): void {
  if (!(token.logprob >= leastLogprob)) return;
  gather(pool, token.candidates, { topP: 1, excludeOriginal, originalId: token.oldId });
  const outcomes = outcomesOf(pool, token, vocabulary);
  for (const { temperature, sum } of members) {
    sum.eligible++;
    if (pool.size > 0) addDraw(sum, { pool, outcomes, token, total: weigh(pool, temperature) });
  }
}

/** What drawing each candidate would come to; null where it is the token itself. */
function outcomesOf(
  { ids, size }: Pool,
  { oldId, state }: EligibleToken,
  vocabulary: Parameters<typeof outcomeOf>[0],
): readonly (ReturnType<typeof outcomeOf> | null)[] {
  return Array.from(ids.subarray(0, size), (newId) =>
    newId === oldId ? null : outcomeOf(vocabulary, { oldId, newId, state }),
  );
}

interface WeightedDraw {
  readonly pool: Pool;
  readonly outcomes: ReturnType<typeof outcomesOf>;
  readonly token: EligibleToken;
  readonly total: number;
}

function addDraw(sum: ExpectedEdits, { pool, outcomes, token, total }: WeightedDraw): void {
  let changed = 0;
  for (let index = 0; index < pool.size; index++) {
    const outcome = outcomes[index];
    if (outcome === null) continue;
    const share = (pool.weights[index] ?? 0) / total;
    if (outcome !== 'changed') {
      sum.refused += share;
      continue;
    }
    const logprob = pool.logprobs[index] ?? 0;
    changed += share;
    sum.logprobChange += share * (logprob - token.logprob);
    addTo(sum.histogramChange, histogramBin(logprob), share);
  }
  sum.changed += changed;
  sum.changedVariance += changed * (1 - changed);
  addTo(sum.histogramChange, histogramBin(token.logprob), -changed);
}

function addTo(bins: Float64Array, bin: number, amount: number): void {
  bins[bin] = (bins[bin] ?? 0) + amount;
}
