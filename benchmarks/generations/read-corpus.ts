import type { RecordBatch } from 'apache-arrow';
import { tokenize } from '../../operators/tokenize.ts';
import { filesOf, openTexts } from '../../pipelines/analysis/read-texts.ts';
import { addedColumn } from '../../src/arrow/columns.ts';
import { listReader } from '../../src/arrow/lists.ts';
import { textColumn } from '../../src/arrow/text-column.ts';
import { columnNames, tokenIdsType } from '../../src/columns.ts';
import type { PriorTokenizer } from '../../src/model/load-tokenizer.ts';
import type { Corpus } from './generations.ts';
import { tokenBatch } from './token-batches.ts';

/** Human text in tokens. */
export interface HumanText {
  readonly train: Corpus;
  readonly heldOut: readonly Int32Array[];
}

/** Where a corpus has no column `split`, one document in so many is held out. */
const heldOutEvery = 20;

/**
 * Reads the files of a corpus, of any format that the product reads. Where they have a column `split`, its `train` rows are the corpus and
 * its `test` rows are held out, and others are left out; else every twentieth row is held out.
 */
export async function readCorpus(
  paths: readonly string[],
  tokenizer: PriorTokenizer,
): Promise<HumanText> {
  const train: RecordBatch[] = [];
  const heldOut: Int32Array[] = [];
  let before = 0;
  for (const file of await filesOf(paths)) {
    for await (const { source } of openTexts(file, { textColumn: 'text' })) {
      for await (const batch of tokenize(tokenizer)(source)) {
        const parts = partsOf(batch, before);
        before += batch.numRows;
        train.push(tokenBatch(parts.train));
        heldOut.push(...parts.test);
      }
    }
  }
  return { train, heldOut };
}

type Part = 'train' | 'test';

function partsOf(batch: RecordBatch, before: number): Readonly<Record<Part, Int32Array[]>> {
  const ids = listReader<Int32Array>(addedColumn(batch, columnNames.tokenIds, tokenIdsType).data);
  const hasSplit = batch.schema.fields.some(({ name }) => name === 'split');
  const splits = hasSplit ? textColumn(batch, 'split') : undefined;
  const splitOf = (row: number): string => {
    if (splits !== undefined) return new TextDecoder().decode(splits.bytes(row));
    return (before + row) % heldOutEvery === 0 ? 'test' : 'train';
  };
  const parts: Record<Part, Int32Array[]> = { train: [], test: [] };
  for (let row = 0; row < batch.numRows; row++) {
    const split = splitOf(row);
    if (ids.isValid(row) && (split === 'train' || split === 'test')) {
      parts[split].push(ids.items(row).slice());
    }
  }
  return parts;
}
