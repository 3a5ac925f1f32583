import type { Data, Field, RecordBatch } from 'apache-arrow';
import { childData, validity } from '../arrow/buffers.ts';
import { addedColumn } from '../arrow/columns.ts';
import { listRanges, listReader } from '../arrow/lists.ts';
import { candidatesType, columnNames, tokenIdsType, tokenLogprobsType } from '../columns.ts';
import { type Place, ToeditError } from '../errors.ts';
import type { Candidates } from './draw-candidate.ts';

/** A row as the prior scored it. */
export interface ScoredRow {
  readonly tokenIds: Int32Array;
  /** A natural log P for each token; NaN where no prediction exists. */
  readonly logprobs: Float32Array;
  /** The positions that have candidates, ascending. */
  readonly positions: Int32Array;
  /** The candidates of `positions[index]`. */
  readonly candidates: (index: number) => Candidates;
  readonly place: Place;
}

/** Reads a scored record batch by rows: undefined for a row that passes unedited. Rows count from 0. */
export type ScoredBatch = (row: number) => ScoredRow | undefined;

/**
 * A reader over `token_ids`, `token_logprobs` and, where `withCandidates`, `candidates`. Rows are views of the batch.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`; `COLUMN_MISMATCH` at a row whose lists differ in length.
 */
export function scoredBatch(
  batch: RecordBatch,
  withCandidates: boolean,
  place: Place = {},
): ScoredBatch {
  const ids = listReader<Int32Array>(addedColumn(batch, columnNames.tokenIds, tokenIdsType).data);
  const logprobs = logprobLists(
    addedColumn(batch, columnNames.tokenLogprobs, tokenLogprobsType).data,
  );
  const candidates = withCandidates ? candidateLists(batch) : noCandidates;
  return (row) => {
    if (!ids.isValid(row)) return undefined;
    const scored = {
      tokenIds: ids.items(row),
      logprobs: logprobs(row),
      ...candidates(row),
      place: { ...place, row },
    };
    requireSameLength(scored);
    return scored;
  };
}

/** The `candidates` field of a batch, for its metadata. */
export function candidatesField(batch: RecordBatch): Field {
  return addedColumn(batch, columnNames.candidates, candidatesType).field;
}

/** The `token_logprobs` field of a batch, for its metadata. */
export function logprobsField(batch: RecordBatch): Field {
  return addedColumn(batch, columnNames.tokenLogprobs, tokenLogprobsType).field;
}

/** The log-probabilities of a row; a copy with NaN in the place of nulls, where there are any. */
function logprobLists(data: Data): (row: number) => Float32Array {
  const lists = listReader<Float32Array>(data);
  const bits = validity(childData(data, 0));
  if (bits === undefined) return lists.items;
  return (row) => {
    const [start, end] = lists.range(row);
    const values = lists.items(row).slice();
    for (let index = start; index < end; index++) {
      const isValid = (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
      if (!isValid) values[index - start] = Number.NaN;
    }
    return values;
  };
}

type CandidateLists = (row: number) => Pick<ScoredRow, 'positions' | 'candidates'>;

const noCandidates: CandidateLists = () => ({
  positions: new Int32Array(),
  candidates: () => ({ ids: new Int32Array(), logprobs: new Float32Array() }),
});

function candidateLists(batch: RecordBatch): CandidateLists {
  const { data } = addedColumn(batch, columnNames.candidates, candidatesType);
  const items = childData(data, 0);
  const positions = childData(items, 0).values as Int32Array;
  const ranges = listRanges(data);
  const ids = listReader<Int32Array>(childData(items, 1));
  const logprobs = listReader<Float32Array>(childData(items, 2));
  return (row) => {
    const [start, end] = ranges(row);
    return {
      positions: positions.subarray(start, end),
      candidates: (index): Candidates => ({
        ids: ids.items(start + index),
        logprobs: logprobs.items(start + index),
      }),
    };
  };
}

function requireSameLength({ tokenIds, logprobs, place }: ScoredRow): void {
  if (tokenIds.length === logprobs.length) return;
  throw new ToeditError(
    'COLUMN_MISMATCH',
    `row ${place.row} has ${tokenIds.length} tokens, but ${logprobs.length} log-probabilities: score the tokens again`,
    { place },
  );
}
