import { Field, Float32, Int32, List, makeData, type RecordBatch } from 'apache-arrow';
import { validity } from '../arrow/buffers.ts';
import { addedColumn, type Column } from '../arrow/columns.ts';
import {
  float32ListData,
  int32ListData,
  listData,
  listReader,
  structData,
} from '../arrow/lists.ts';
import { passReasonColumn, passReasonsOf } from '../arrow/pass-reasons.ts';
import {
  candidatesType,
  candidateType,
  columnNames,
  tokenIdsType,
  tokenLogprobsType,
} from '../columns.ts';
import type { MicroBatchScores } from './micro-batch.ts';
import type { PackedWindows } from './pack-windows.ts';
import type { ScoredPack } from './score-packs.ts';

/** The tokens of a record batch's documents. */
export interface BatchTokens extends DocumentTokens {
  /** Token ids by row, views of the batch; none where the row passes unedited. */
  readonly documents: readonly Int32Array[];
}

/**
 * Reads `token_ids`.
 *
 * @throws ToeditError `COLUMN_MISSING` or `COLUMN_TYPE`.
 */
export function batchTokens(batch: RecordBatch): BatchTokens {
  const { data } = addedColumn(batch, columnNames.tokenIds, tokenIdsType);
  const lists = listReader<Int32Array>(data);
  const documents = Array.from({ length: batch.numRows }, (_, row) =>
    lists.isValid(row) ? lists.items(row) : none,
  );
  return { documents, offsets: offsetsOf(documents), validity: validity(data) };
}

const none = new Int32Array(0);

/** The tokens, but with null in the place of some documents. */
export function withoutDocuments(tokens: BatchTokens, rows: ReadonlySet<number>): BatchTokens {
  const documents = tokens.documents.map((tokenIds, row) => (rows.has(row) ? none : tokenIds));
  const bits =
    tokens.validity?.slice() ?? new Uint8Array(Math.ceil(documents.length / 8)).fill(0xff);
  for (const row of rows) bits[row >> 3] = (bits[row >> 3] ?? 0) & ~(1 << (row & 7));
  return { documents, offsets: offsetsOf(documents), validity: bits };
}

/** The tokens of documents that all have some, or none for being empty. */
export function tokensOf(documents: readonly Int32Array[]): BatchTokens {
  return { documents, offsets: offsetsOf(documents), validity: undefined };
}

/** The column `token_ids` of the tokens. */
export function tokenIdsColumn({ documents, offsets, validity }: BatchTokens): Column {
  const values = new Int32Array(offsets.at(-1) ?? 0);
  documents.forEach((tokenIds, row) => {
    values.set(tokenIds, offsets[row]);
  });
  const field = new Field(columnNames.tokenIds, tokenIdsType, true);
  return { field, data: int32ListData(offsets, values, validity) };
}

function offsetsOf(documents: readonly Int32Array[]): Int32Array {
  const offsets = new Int32Array(documents.length + 1);
  documents.forEach(({ length }, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + length;
  });
  return offsets;
}

/** The token ids of the documents of a record batch, one after the other. */
export interface DocumentTokens {
  /** `[documents + 1]`: where each document's tokens begin. */
  readonly offsets: Int32Array;
  /** One bit a document; undefined where all have tokens. */
  readonly validity: Uint8Array | undefined;
}

/** Gathers the scores of windows, which come in any order, into columns in row order. */
export interface ScoredDocuments {
  /** Windows of documents without tokens are left out: those that the prior failed on. */
  add(packed: PackedWindows, scores: MicroBatchScores): void;
  /** `token_logprobs`, with the metadata that say whose are there. */
  logprobsColumn(metadata: Map<string, string>): Column;
  /** Scored tokens without a logprob. */
  readonly omittedLogprobs: number;
  /** `candidates`, with the metadata that say what was scored. */
  candidatesColumn(metadata: Map<string, string>): Column;
}

/** One eligible token: its place among all tokens of the record batch, and its candidates. */
interface Eligible {
  readonly at: number;
  readonly ids: Int32Array;
  readonly logprobs: Float32Array;
}

/**
 * Makes room for the scores of a record batch.
 *
 * @param topK - candidates an eligible token
 */
export function scoredDocuments(tokens: DocumentTokens, topK: number): ScoredDocuments {
  const { offsets, validity } = tokens;
  const count = offsets.at(-1) ?? 0;
  const logprobs = new Float32Array(count).fill(Number.NaN);
  const eligible: Eligible[] = [];
  let omittedLogprobs = 0;
  return {
    add({ windows }, scores) {
      let from = 0;
      let next = 0;
      for (const { document, scoredFrom, end } of windows) {
        const at = (offsets[document] ?? 0) + scoredFrom;
        const to = from + end - scoredFrom;
        const isLeftOut = offsets[document] === offsets[document + 1];
        if (!isLeftOut) {
          const part = scores.logprobs.subarray(from, to);
          logprobs.set(part, at);
          omittedLogprobs += part.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
        }
        for (; (scores.selected[next] ?? to) < to; next++) {
          if (isLeftOut) continue;
          const part = [next * topK, (next + 1) * topK] as const;
          eligible.push({
            at: at + (scores.selected[next] ?? 0) - from,
            ids: scores.topIds.subarray(...part),
            logprobs: scores.topLogprobs.subarray(...part),
          });
        }
        from = to;
      }
    },
    get omittedLogprobs() {
      return omittedLogprobs;
    },
    logprobsColumn: (metadata) => ({
      field: new Field(columnNames.tokenLogprobs, tokenLogprobsType, true, metadata),
      data: float32ListData(offsets, logprobs, { lists: validity, items: predicted(logprobs) }),
    }),
    candidatesColumn: (metadata) => ({
      field: new Field(columnNames.candidates, candidatesType, true, metadata),
      data: candidatesData(tokens, eligible, topK),
    }),
  };
}

/** One bit a token: 0 where no prediction exists, which the float32 value NaN marks. */
function predicted(logprobs: Float32Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(logprobs.length / 8));
  logprobs.forEach((logprob, at) => {
    if (!Number.isNaN(logprob)) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  });
  return bits;
}

function candidatesData({ offsets, validity }: DocumentTokens, list: Eligible[], topK: number) {
  const eligible = list.toSorted((a, b) => a.at - b.at);
  const length = eligible.length;
  const positions = new Int32Array(length);
  const ids = new Int32Array(length * topK);
  const logprobs = new Float32Array(length * topK);
  const documentOffsets = new Int32Array(offsets.length);
  let document = 0;
  eligible.forEach((token, i) => {
    while (token.at >= (offsets[document + 1] ?? Number.POSITIVE_INFINITY)) {
      documentOffsets[++document] = i;
    }
    positions[i] = token.at - (offsets[document] ?? 0);
    ids.set(token.ids, i * topK);
    logprobs.set(token.logprobs, i * topK);
  });
  documentOffsets.fill(length, document + 1);
  const children = [
    makeData({ type: new Int32(), data: positions, nullCount: 0 }),
    int32ListData(everyNth(length, topK), ids),
    listData(new List(new Field('item', new Float32(), false)), {
      offsets: everyNth(length, topK),
      items: makeData({ type: new Float32(), data: logprobs, nullCount: 0 }),
    }),
  ];
  const items = structData(candidateType, { length, children });
  return listData(candidatesType, { offsets: documentOffsets, items }, validity);
}

function everyNth(count: number, step: number): Int32Array {
  return Int32Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** The documents that have a window which the device refused. */
export function failedDocuments(scored: readonly ScoredPack[]): ReadonlySet<number> {
  const failed = new Set<number>();
  for (const { pack, scores } of scored) {
    if (scores === null) for (const { document } of pack.windows) failed.add(document);
  }
  return failed;
}

/**
 * The column `pass_reason` with `inference_failed` at the documents that failed.
 *
 * @throws the first failure, where the batch has no such column to note it in.
 */
export function failedColumn(batch: RecordBatch, scored: readonly ScoredPack[]): Column {
  if (!batch.schema.names.includes(columnNames.passReason)) {
    for (const part of scored) if (part.scores === null) throw part.failure;
  }
  const failed = failedDocuments(scored);
  const reasons = passReasonsOf(batch);
  return passReasonColumn(
    reasons.map((reason, row) => (failed.has(row) ? 'inference_failed' : reason)),
  );
}
