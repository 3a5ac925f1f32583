import { defaultBatching } from '../../src/inference/engine-options.ts';
import { microBatchOf, packWindows } from '../../src/inference/pack-windows.ts';
import type { Prior } from '../../src/model/load-prior.ts';

/** One way of reading the same documents. */
export interface Way {
  readonly name: string;
  readonly threads: number;
  /** Bound on the logits alive at once, in MiB. */
  readonly logitsMebibytes: number;
  /** Tokens of a micro-batch; 1 reads each document alone. */
  readonly batchTokens: number;
  /** Micro-batches are padded to a multiple of so many tokens. */
  readonly multiple: number;
}

const alone: Omit<Way, 'name'> = { threads: 2, logitsMebibytes: 64, batchTokens: 1, multiple: 1 };
const together = { ...alone, batchTokens: 1024 };

/** The first one is what the others are compared with. */
export const ways: readonly Way[] = [
  { name: 'each document alone', ...alone },
  { name: 'micro-batches of 300 tokens', ...alone, batchTokens: 300 },
  { name: 'micro-batches of 1,024 tokens', ...together },
  { name: 'micro-batches of 4,096 tokens', ...alone, batchTokens: 4096 },
  ...[8, 16, 32, 64].map((multiple) => ({
    ...{ name: `alone, padded to a multiple of ${String(multiple)}`, ...alone, multiple },
  })),
  { name: '1,024 tokens, padded to a multiple of 64', ...together, multiple: 64 },
  { name: 'alone, 1 thread', ...alone, threads: 1 },
  { name: '1,024 tokens, 1 thread', ...together, threads: 1 },
  { name: '1,024 tokens, logits in chunks of 1 MiB', ...together, logitsMebibytes: 1 },
];

/** What the prior says of all documents, one after the other. */
export interface Numbers {
  readonly logprobs: Float32Array;
  /** Ids and log-probabilities of the candidates, by token. */
  readonly candidates: readonly string[];
}

/** Reads the documents that way, through the prior's own micro-batches. */
export async function read(
  prior: Prior,
  documents: readonly Int32Array[],
  way: Way,
): Promise<Numbers> {
  const starts = documents.map((_, i) =>
    documents.slice(0, i).reduce((sum, { length }) => sum + length - 1, 0),
  );
  const windows = documents.map((tokenIds, document) => ({
    ...{ tokenIds, document, start: 0, end: tokenIds.length, scoredFrom: 1 },
  }));
  const packing = { ...defaultBatching, maxBatchTokens: way.batchTokens, bosTokenId: null };
  const logprobs: number[] = [];
  const candidates: string[] = [];
  for (const pack of packWindows(windows, packing)) {
    const width = Math.ceil(pack.width / way.multiple) * way.multiple;
    const asked = { ...packing, logThreshold: Math.fround(Math.log(0.5)), topK: 8 };
    const scores = await prior.score(microBatchOf({ ...pack, width }, asked));
    const at = pack.windows.flatMap(({ document, end }) =>
      Array.from({ length: end - 1 }, (_, i) => (starts[document] ?? 0) + i),
    );
    scores.logprobs.forEach((logprob, i) => {
      logprobs[at[i] ?? -1] = logprob;
    });
    scores.selected.forEach((row, i) => {
      const part = [8 * i, 8 * i + 8] as const;
      const ids = scores.topIds.subarray(...part).join();
      candidates[at[row] ?? -1] = `${ids} ${scores.topLogprobs.subarray(...part).join()}`;
    });
  }
  return { logprobs: Float32Array.from(logprobs), candidates };
}
