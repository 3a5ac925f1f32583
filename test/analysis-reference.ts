import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { readJsonl } from '#toedit/operators/formats/read-jsonl';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { textColumn } from '#toedit/src/arrow/text-column';
import type { Source } from '#toedit/src/operator';
import { root } from './sandbox.ts';

/** What Python computed of a corpus. */
export interface ReferenceSet {
  readonly documents: number;
  readonly bytes: number;
  readonly unigrams: number;
  readonly bigrams: number;
  /** Of the counts by bucket, as little-endian doubles. */
  readonly countsSha256: string;
  readonly entropy: number;
  readonly gini: number;
  readonly topMass: number;
  readonly distinctUnigrams: number;
  readonly distinctBigrams: number;
  readonly topBigrams: readonly (readonly [bigram: string, count: number])[];
}

/** What Python computed of a corpus and the first of its kind, the target. */
export interface ReferenceComparison {
  readonly jensenShannon: number;
  readonly divergence: number;
  /** Of the first 50 documents. */
  readonly logWeights: readonly number[];
}

/** Corpora of one directory. */
export interface ReferenceCorpora {
  readonly sets: Readonly<Record<string, ReferenceSet>>;
  readonly target: string;
  readonly comparisons: Readonly<Record<string, ReferenceComparison>>;
}

/** What Python computed of the tokens from one place in their text to another. */
export interface ReferencePositions {
  readonly from: number;
  readonly to: number | null;
  readonly predicted: number;
  readonly meanLogprob: number | null;
  readonly massAtLeast99: number | null;
}

/** What Python computed of the scores of `scoredDocuments`. */
export interface ReferenceScores {
  readonly documents: number;
  readonly tokens: number;
  readonly predicted: number;
  readonly meanLogprob: number;
  readonly histogram: readonly number[];
  readonly entropy: number;
  readonly totalVariation: number;
  readonly massAtLeast: readonly number[];
  readonly quantiles: readonly number[];
  readonly byteWeighted: number;
  readonly documentWeighted: number;
  /** Documents by number. */
  readonly worst: readonly number[];
  readonly best: readonly number[];
  readonly positions: readonly ReferencePositions[];
}

/** All that test/fixtures/analysis/reference.py wrote. */
export interface Reference {
  readonly hostile: readonly {
    readonly text: string;
    readonly counts: readonly (readonly [bucket: number, count: number])[];
  }[];
  readonly sample: ReferenceCorpora;
  readonly shared: ReferenceCorpora;
  /** Those of docs/analysis.md, by name. */
  readonly vectors: Readonly<Record<string, unknown>>;
  readonly scores: {
    readonly human: ReferenceScores;
    readonly synthetic: ReferenceScores;
    readonly comparison: Readonly<
      Record<'referenceAbove99' | 'wasserstein' | 'jensenShannon', number>
    >;
  };
}

/** The numbers that Python computed. */
export const reference = JSON.parse(
  readFileSync(join(root, 'test/fixtures/analysis/reference.json'), 'utf8'),
) as Reference;

/** The texts of a file, nulls left out. */
export async function textsOf(path: string): Promise<readonly Uint8Array[]> {
  const texts: Uint8Array[] = [];
  for await (const batch of sourceOf(path)) {
    const column = textColumn(batch, 'text');
    for (let row = 0; row < batch.numRows; row++) {
      if (!column.isNull(row)) texts.push(column.bytes(row).slice());
    }
  }
  return texts;
}

function sourceOf(path: string): Source {
  if (path.endsWith('.parquet')) return readParquet(path);
  return path.endsWith('.arrow') ? readArrow(path) : readJsonl(path);
}

/** The documents that reference.py makes from a seed: ln P by token; the first has none. */
export function scoredDocuments(
  seed: number,
  documents: number,
  least: number,
): readonly Float32Array[] {
  let state = seed;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  return Array.from({ length: documents }, () => {
    const length = 2 + (draw() % 97);
    const level = least + (draw() % 6144);
    const drawn = Array.from({ length }, () => -((draw() >>> 8) % (1 + level)) / 1024);
    return Float32Array.of(Number.NaN, ...drawn);
  });
}
