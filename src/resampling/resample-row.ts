import type { EditCountName } from '../columns.ts';
import { ToeditError } from '../errors.ts';
import type { DocumentKey, UniformDraw } from '../random/uniform-draw.ts';
import type { TokenBytes } from '../text/token-bytes.ts';
import { tokenTransitions, type Utf8State, utf8Start, utf8StateCount } from '../text/utf8.ts';
import { type CandidateDraw, candidateDraw, rankOf } from './draw-candidate.ts';
import { type Edit, noCounts, type RowEdits } from './edits.ts';
import type { ResamplingOptions } from './resampling-options.ts';
import { leastLogprob, logThreshold } from './resampling-options.ts';
import type { ScoredRow } from './scored-batch.ts';

/** What resampling needs beside the rows. */
export interface RowResampling {
  readonly tokenBytes: TokenBytes;
  readonly options: ResamplingOptions;
  readonly uniform: UniformDraw;
}

/**
 * Decides the edits of one row at a time. A row's edits depend on the row and its document key alone.
 * Specification: docs/algorithm.md.
 *
 * @throws ToeditError `COLUMN_MISMATCH` where candidates are out of order or beyond the row's tokens.
 */
export function rowResampler(
  resampling: RowResampling,
): (row: ScoredRow, key: DocumentKey) => RowEdits {
  const rules = rulesOf(resampling);
  return (row, key) => resampleRow(rules, row, key);
}

/** The options as the loop over tokens wants them. A comparison with NaN holds for no token. */
interface Rules {
  readonly tokenBytes: TokenBytes;
  readonly transitions: Uint8Array;
  readonly leastLogprob: number;
  readonly logDropBelow: number;
  readonly draw: CandidateDraw;
  readonly uniform: UniformDraw;
}

function rulesOf({ tokenBytes, options, uniform }: RowResampling): Rules {
  return {
    tokenBytes,
    transitions: tokenTransitions(tokenBytes),
    leastLogprob: leastLogprob(options.threshold, options.inclusive),
    logDropBelow: options.dropBelow === null ? Number.NaN : logThreshold(options.dropBelow),
    draw: candidateDraw(options),
    uniform,
  };
}

/** A row, and what was counted of its tokens so far. */
interface RowState {
  readonly row: ScoredRow;
  readonly key: DocumentKey;
  readonly counts: Record<EditCountName, number>;
}

/** A token, where it has candidates, and the state of the UTF-8 automaton before it. */
interface Token extends Omit<Edit, 'newId' | 'newLogprob' | 'rank'> {
  readonly candidatesIndex: number | undefined;
  readonly state: Utf8State;
}

function resampleRow(rules: Rules, row: ScoredRow, key: DocumentKey): RowEdits {
  const edits: Edit[] = [];
  const rowState: RowState = { row, key, counts: { ...noCounts } };
  let state = utf8Start;
  let byteOffset = 0;
  let cursor = 0;
  for (let position = 0; position < row.tokenIds.length; position++) {
    const oldId = row.tokenIds[position] ?? -1;
    const logprob = row.logprobs[position] ?? Number.NaN;
    const candidatesIndex = row.positions[cursor] === position ? cursor++ : undefined;
    if (candidatesIndex !== undefined || logprob < rules.logDropBelow) {
      const token = { position, byteOffset, oldId, logprob, candidatesIndex, state };
      const newId = choose(rules, rowState, token);
      if (newId !== oldId && isAllowed(rules, rowState, { ...token, newId })) {
        const drawn = drawnFacts(row, candidatesIndex, newId);
        edits.push({ position, byteOffset, oldId, newId, logprob, ...drawn });
      }
    }
    state = rules.transitions[oldId * utf8StateCount + state] ?? state;
    byteOffset += rules.tokenBytes.length(oldId);
  }
  requireAllRead(row, cursor);
  return { edits, counts: rowState.counts, byteLength: byteOffset };
}

/** The id that is to stand in the token's place: its own, another, or null to delete it. */
function choose(rules: Rules, { row, key, counts }: RowState, token: Token): number | null {
  const { position, oldId, logprob, candidatesIndex } = token;
  if (candidatesIndex === undefined || !(logprob >= rules.leastLogprob)) {
    return logprob < rules.logDropBelow ? null : oldId;
  }
  counts.eligible++;
  const uniform = rules.uniform(key, position);
  const drawnId = rules.draw(row.candidates(candidatesIndex), oldId, uniform);
  if (drawnId === -1) return oldId;
  counts.drawn++;
  return drawnId;
}

/** What is known of the token that was drawn; of a deletion nothing. */
function drawnFacts(
  row: ScoredRow,
  candidatesIndex: number | undefined,
  newId: number | null,
): Pick<Edit, 'newLogprob' | 'rank'> {
  if (newId === null || candidatesIndex === undefined) return { newLogprob: null, rank: null };
  return rankOf(row.candidates(candidatesIndex), newId);
}

/**
 * A token may give way to another, or to nothing, where both lead the UTF-8 automaton from the same state to the same
 * state: a rule that looks at one token only, under which any set of edits leaves UTF-8. Counts what comes of it.
 */
function isAllowed(
  { tokenBytes, transitions }: Rules,
  { counts }: RowState,
  { oldId, newId, state }: Token & Pick<Edit, 'newId'>,
): boolean {
  const outcome = outcomeOf({ tokenBytes, transitions }, { oldId, newId, state });
  counts[outcome]++;
  return outcome === 'changed' || outcome === 'deleted';
}

/** What comes of replacing a token, or deleting it (`newId` null), where the UTF-8 automaton is in a state before it. */
export function outcomeOf(
  { tokenBytes, transitions }: Pick<Rules, 'tokenBytes' | 'transitions'>,
  { oldId, newId, state }: Pick<Token, 'oldId' | 'state'> & Pick<Edit, 'newId'>,
): 'changed' | 'deleted' | 'refused_utf8' | 'refused_special' {
  const isSpecial = tokenBytes.isSpecial(oldId) || (newId !== null && tokenBytes.isSpecial(newId));
  const oldNext = transitions[oldId * utf8StateCount + state];
  const newNext = newId === null ? state : transitions[newId * utf8StateCount + state];
  if (isSpecial) return 'refused_special';
  if (newNext !== oldNext) return 'refused_utf8';
  return newId === null ? 'deleted' : 'changed';
}

function requireAllRead({ positions, place }: ScoredRow, read: number): void {
  if (read === positions.length) return;
  throw new ToeditError(
    'COLUMN_MISMATCH',
    `candidates of position ${positions[read]} are out of order or beyond the row's tokens: score the tokens again`,
    { place },
  );
}
