import { Readable } from 'node:stream';
import { type RecordBatch, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { type Tokenizing, tokenize } from '../operators/tokenize.ts';
import type { SamplePlace } from '../src/comparison/prior-comparison.ts';
import { batchTokens } from '../src/inference/batch-tokens.ts';
import { requireInteger } from '../src/options.ts';
import type { SampleDocument } from './read-sample.ts';

/** The tokens of a sample's document. */
export interface SampleTokens extends SamplePlace {
  /** `[tokens]`, without BOS. */
  readonly tokenIds: Int32Array;
}

/** Bounds of {@link tokenizeSample}. */
export interface SampleBounds {
  /** Tokens of all documents together: the last one is cut there. @defaultValue no bound */
  readonly maxTokens?: number | undefined;
  /** Tokens of a document: a longer one is cut there. @defaultValue no bound */
  readonly maxDocumentTokens?: number | undefined;
}

/**
 * The tokens of a sample's documents, in order. Documents that an edit would pass over, since the tokenizer does not give them
 * back, are left out.
 *
 * @throws ToeditError `BAD_OPTION`; as the prior's `encode`.
 */
export async function tokenizeSample(
  prior: Tokenizing,
  documents: readonly SampleDocument[],
  bounds: SampleBounds = {},
): Promise<readonly SampleTokens[]> {
  const { maxTokens = most, maxDocumentTokens = most } = bounds;
  requireInteger('maxTokens', maxTokens, [1, most]);
  const sample: SampleTokens[] = [];
  let next = 0;
  let left = maxTokens;
  for await (const batch of tokenize(prior)(Readable.from(textBatches(documents)))) {
    for (const all of batchTokens(batch).documents) {
      const document = documents[next++];
      const tokenIds = all.subarray(0, Math.min(left, maxDocumentTokens));
      left -= tokenIds.length;
      if (document === undefined || tokenIds.length === 0) continue;
      sample.push({ file: document.file, row: document.row, tokenIds });
    }
    if (left === 0) break;
  }
  return sample;
}

const most = Number.MAX_SAFE_INTEGER;
const batchRows = 64;

function* textBatches(documents: readonly SampleDocument[]): Generator<RecordBatch> {
  for (let from = 0; from < documents.length; from += batchRows) {
    const texts = documents.slice(from, from + batchRows).map(({ text }) => text);
    yield* new Table({ text: vectorFromArray(texts, new Utf8()) }).batches;
  }
}
