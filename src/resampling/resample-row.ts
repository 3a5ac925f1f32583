import type { EditCountName } from '../columns.ts';
import { ToeditError } from '../errors.ts';
import type { DocumentKey } from '../random/document-key.ts';
import type { UniformDraw } from '../random/uniform-draw.ts';
import type { TokenBytes } from '../text/token-bytes.ts';
import { tokenTransitions } from '../text/token-transitions.ts';
import { type Utf8State, utf8Start, utf8StateCount } from '../text/utf8-automaton.ts';
import { type CandidateDraw, candidateDraw } from './draw-candidate.ts';
import { leastLogprob } from './least-logprob.ts';
import { logThreshold } from './log-threshold.ts';
import type { ResamplingOptions } from './options.ts';
import { type Edit, noCounts, type RowEdits } from './row-edits.ts';
import type { ScoredRow } from './scored-row.ts';

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
  return (row, key) => walk(rules, row, key);
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

function walk(rules: Rules, row: ScoredRow, key: DocumentKey): RowEdits {
  const edits: Edit[] = [];
  const counts = { ...noCounts };
  const { tokenIds, logprobs, positions } = row;
  let state = utf8Start;
  let byteOffset = 0;
  let cursor = 0;
  for (let position = 0; position < tokenIds.length; position++) {
    const oldId = tokenIds[position] ?? -1;
    const logprob = logprobs[position] ?? Number.NaN;
    const hasCandidates = positions[cursor] === position;
    let newId: number | null = oldId;
    if (hasCandidates && logprob >= rules.leastLogprob) {
      counts.eligible++;
      const drawnId = rules.draw(row.candidates(cursor), oldId, rules.uniform(key, position));
      if (drawnId !== -1) {
        counts.drawn++;
        newId = drawnId;
      }
    } else if (logprob < rules.logDropBelow) newId = null;
    if (newId !== oldId) {
      const verdict = judge(rules, { id: oldId, state }, newId);
      counts[verdict]++;
      if (verdict === 'changed' || verdict === 'deleted') {
        edits.push({ position, byteOffset, oldId, newId, logprob });
      }
    }
    if (hasCandidates) cursor++;
    state = rules.transitions[oldId * utf8StateCount + state] ?? state;
    byteOffset += rules.tokenBytes.length(oldId);
  }
  requireAllRead(row, cursor);
  return { edits, counts, byteLength: byteOffset };
}

/**
 * A token may give way to another, or to nothing, where both lead the UTF-8 automaton from the same state to the same
 * state: a rule that looks at one token only, under which any set of edits leaves UTF-8.
 */
function judge(
  { tokenBytes, transitions }: Rules,
  old: { readonly id: number; readonly state: Utf8State },
  newId: number | null,
): Exclude<EditCountName, 'eligible' | 'drawn'> {
  const isSpecial = tokenBytes.isSpecial(old.id) || (newId !== null && tokenBytes.isSpecial(newId));
  if (isSpecial) return 'refused_special';
  const oldNext = transitions[old.id * utf8StateCount + old.state];
  const newNext = newId === null ? old.state : transitions[newId * utf8StateCount + old.state];
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
