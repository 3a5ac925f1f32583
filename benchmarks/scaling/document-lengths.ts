import { tableFromArrays } from 'apache-arrow';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { scoreTokens } from '../../operators/score-tokens.ts';
import { withColumns } from '../../src/arrow/columns.ts';
import { textColumn } from '../../src/arrow/text-column.ts';
import { tokenIdsColumn } from '../../src/inference/scored-documents.ts';
import type { Prior } from '../../src/model/load-prior.ts';
import type { Source } from '../../src/operator.ts';
import { costOf } from '../cost-of.ts';
import { sharedFile } from '../smollm2-directory.ts';

/** Seconds a token of one long document and of short ones, round by round. */
export interface LengthCosts {
  readonly modelFile: string;
  readonly longTokens: number;
  readonly shortTokens: number;
  readonly long: number[];
  readonly short: number[];
}

/** Scores the beginning of one long document, and the same text as short documents before and after it. */
export async function scoreLengths(
  prior: Prior,
  options: { readonly longTokens: number; readonly shortTokens: number; readonly rounds: number },
): Promise<LengthCosts> {
  const { longTokens, shortTokens, rounds } = options;
  const tokenIds = await longText(prior);
  const short = shortDocuments(tokenIds, { longTokens, shortTokens });
  const secondsPerToken = async (documents: readonly Int32Array[]) => {
    const { seconds } = await costOf(() => score(prior, documents));
    return seconds / documents.reduce((sum, { length }) => sum + length, 0);
  };
  await secondsPerToken(short.slice(0, 2));
  const costs = { long: [] as number[], short: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const before = await secondsPerToken(short);
    costs.long.push(await secondsPerToken([tokenIds.subarray(0, longTokens)]));
    costs.short.push((before + (await secondsPerToken(short))) / 2);
    console.log(prior.modelFile, costs.long.at(-1), costs.short.at(-1));
  }
  return { modelFile: prior.modelFile, longTokens, shortTokens, ...costs };
}

async function longText(prior: Prior): Promise<Int32Array> {
  for await (const batch of readParquet(sharedFile('data/huge-document.parquet'))) {
    const text = textColumn(batch, 'text');
    const texts = Array.from({ length: text.length }, (_, row) => text.bytes(row));
    const [longest] = texts.toSorted((a, b) => b.length - a.length);
    const [tokenIds] = await prior.encode([new TextDecoder().decode(longest)]);
    if (tokenIds !== undefined) return tokenIds;
  }
  throw new Error('the shared data hold no long document');
}

/** Enough to measure by: a tenth of the long document's tokens, from all over it. */
function shortDocuments(
  tokenIds: Int32Array,
  { longTokens, shortTokens }: { readonly longTokens: number; readonly shortTokens: number },
): readonly Int32Array[] {
  const count = Math.max(4, Math.floor(longTokens / shortTokens / 10));
  const step = Math.floor((longTokens - shortTokens) / count);
  return Array.from({ length: count }, (_, i) =>
    tokenIds.subarray(i * step, i * step + shortTokens),
  );
}

async function score(prior: Prior, documents: readonly Int32Array[]): Promise<void> {
  const offsets = new Int32Array(documents.length + 1);
  documents.forEach(({ length }, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + length;
  });
  const [rows] = tableFromArrays({ row: Int32Array.from(documents, (_, i) => i) }).batches;
  if (rows === undefined) throw new Error('there are no documents');
  const batch = withColumns(rows, [tokenIdsColumn({ documents, offsets, validity: undefined })]);
  async function* source(): Source {
    yield await Promise.resolve(batch);
  }
  for await (const _ of scoreTokens(prior, { scores: 'eligible' })(source()));
}
