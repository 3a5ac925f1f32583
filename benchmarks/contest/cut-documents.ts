import { pipeline } from 'node:stream/promises';
import { Table, Utf8, vectorFromArray } from 'apache-arrow';
import { readParquet } from '../../operators/formats/read-parquet.ts';
import { writeParquet } from '../../operators/formats/write-parquet.ts';
import { tokenize } from '../../operators/tokenize.ts';
import { batchTokens } from '../../src/inference/scored-documents.ts';
import { loadTokenizer, type PriorTokenizer } from '../../src/model/load-tokenizer.ts';
import { runPipeline } from '../../src/operator.ts';

/** Which documents, and where to. */
export interface CutOptions {
  readonly modelDirectory: string;
  readonly documents: number;
  /** Tokens a document. */
  readonly tokens: number;
  /** The Parquet file to write. */
  readonly output: string;
}

/** A text, and the token ids it has. */
interface CutDocument {
  readonly text: string;
  readonly ids: readonly number[];
}

/**
 * Writes the beginnings of a Parquet file's texts, of one length in tokens, as documents of their own, and returns their
 * token ids. Beginnings that have other tokens when they stand alone are left out.
 *
 * @throws Error where there are fewer documents than asked for.
 */
export async function cutDocuments(
  input: string,
  { modelDirectory, documents, tokens, output }: CutOptions,
): Promise<readonly (readonly number[])[]> {
  const tokenizer = await loadTokenizer(modelDirectory, null);
  try {
    const texts = await beginnings(input, tokenizer, tokens);
    const cut = texts.slice(0, documents);
    if (cut.length < documents)
      throw new Error(`${input} has only ${String(cut.length)} documents`);
    await writeTexts(
      cut.map(({ text }) => text),
      output,
    );
    return cut.map(({ ids }) => ids);
  } finally {
    await tokenizer.close();
  }
}

async function beginnings(
  input: string,
  tokenizer: PriorTokenizer,
  tokens: number,
): Promise<readonly CutDocument[]> {
  const found: CutDocument[] = [];
  await runPipeline({
    source: readParquet(input),
    operator: tokenize(tokenizer),
    sink: async (batches) => {
      for await (const batch of batches) {
        const long = batchTokens(batch).documents.filter(({ length }) => length > tokens);
        const cut = long.map((ids) => ids.subarray(0, tokens));
        const texts = cut.map((ids) => textOf(tokenizer, ids));
        const again = await tokenizer.encode(texts);
        cut.forEach((ids, i) => {
          const text = texts[i] ?? '';
          if (again[i]?.join() === ids.join()) found.push({ text, ids: Array.from(ids) });
        });
      }
    },
  });
  return found;
}

function textOf({ tokenBytes }: PriorTokenizer, ids: Int32Array): string {
  return Buffer.concat(Array.from(ids, (id) => tokenBytes.bytes(id))).toString('utf8');
}

async function writeTexts(texts: readonly string[], output: string): Promise<void> {
  const table = new Table({ text: vectorFromArray(texts, new Utf8()) });
  await pipeline(table.batches, writeParquet(output));
}
