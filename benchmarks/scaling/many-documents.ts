import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readArrow } from '../../operators/formats/read-arrow.ts';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeArrow } from '../../operators/formats/write-arrow.ts';
import { tokenize } from '../../operators/tokenize.ts';
import { concatRecordBatches, selectRows } from '../../src/arrow/concat/record-batches.ts';
import { batchTokens } from '../../src/inference/scored-documents.ts';
import type { Prior } from '../../src/model/load-prior.ts';
import type { Source } from '../../src/operator.ts';
import { compose } from '../../src/operator.ts';
import { type Cost, costOf } from '../cost-of.ts';
import { runFileOf } from '../run-file-of.ts';
import { sharedFile } from '../smollm2-directory.ts';

/** A file of so many documents, and what editing it once cost, round by round. */
export interface DocumentCount {
  readonly documents: number;
  readonly tokens: number;
  readonly costs: Cost[];
}

/** How files are edited. */
export interface CountOptions {
  readonly prior: Prior;
  readonly rounds: number;
  /** Documents that each file's edits of a round come to, where 100 edits do. */
  readonly documentsAtLeast: number;
  readonly scratch: string;
}

/**
 * Edits files of these numbers of documents in turns, small ones several times a round. Documents of all lengths are in each of
 * them alike. Arrow, since reading and writing Parquet begins with starting a thread, which would hide what a document costs.
 */
export async function editManyDocuments(
  counts: readonly number[],
  { prior, rounds, documentsAtLeast, scratch }: CountOptions,
): Promise<readonly DocumentCount[]> {
  const path = (documents: number) => join(scratch, `${String(documents)}.arrow`);
  const results: DocumentCount[] = [];
  for (const documents of counts) {
    await writeArrow(path(documents), { overwrite: true })(sample(documents));
    results.push({ documents, tokens: await tokensOf(path(documents), prior), costs: [] });
  }
  await edit(path(counts[0] ?? 1), { prior, times: 1 });
  for (let round = 0; round < rounds; round++) {
    for (const { documents, costs } of results) {
      const times = Math.min(100, Math.ceil(documentsAtLeast / documents));
      const { seconds, cpuSeconds } = await costOf(() => edit(path(documents), { prior, times }));
      costs.push({ seconds: seconds / times, cpuSeconds: cpuSeconds / times });
      console.log(prior.name, documents, costs.at(-1));
    }
  }
  return results;
}

async function edit(
  input: string,
  { prior, times }: { readonly prior: Prior; readonly times: number },
): Promise<void> {
  for (let time = 0; time < times; time++) {
    // A run would go on with what is left of the one before.
    await rm(`${input}.run`, { recursive: true, force: true });
    await runFileOf(input, prior);
  }
}

/** Paragraphs in a mixed order, again from the first one once all are there. */
async function* sample(documents: number): Source {
  const batches = [];
  for await (const batch of readParquet(sharedFile('data/paragraphs.parquet'))) batches.push(batch);
  const whole = concatRecordBatches(batches as [(typeof batches)[0]]);
  if (whole === undefined) throw new Error('the paragraphs are not of one schema');
  for (let from = 0; from < documents; from += sampleRows) {
    const length = Math.min(sampleRows, documents - from);
    yield selectRows(
      whole,
      Int32Array.from({ length }, (_, i) => ((from + i) * stride) % whole.numRows),
    );
  }
}

const sampleRows = 5000;
/** Prime, so that all rows come up. */
const stride = 7919;

async function tokensOf(path: string, prior: Prior): Promise<number> {
  let tokens = 0;
  for await (const batch of compose(tokenize(prior))(readArrow(path))) {
    tokens += batchTokens(batch).offsets.at(-1) ?? 0;
  }
  return tokens;
}
