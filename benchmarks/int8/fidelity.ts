import { join } from 'node:path';
import { compareLogprobs } from '../../src/comparison/compare-logprobs.ts';
import type { PriorComparison } from '../../src/comparison/prior-comparison.ts';
import { loadPrior } from '../../src/model/load-prior.ts';
import { allLogprobs } from '../contest/all-logprobs.ts';
import type { Documents } from '../contest/peers/take-turns.ts';
import type { Tool } from '../contest/start-contestant.ts';
import { contestantNames, type PriorFile, type PriorFiles } from './contestants.ts';
import { peerLogprobs } from './peer-logprobs.ts';

/** How far one contestant is from this program's float32. */
export interface Fidelity {
  readonly name: string;
  readonly comparison: PriorComparison;
}

/** What came of the comparison. */
export interface FidelityResults {
  readonly fidelities: readonly Fidelity[];
  /** Whether both int8 priors gave the same bits with each document in a micro-batch of its own. */
  readonly sameBits: boolean;
}

/** Who is compared on what. */
export interface FidelityOptions {
  readonly priors: PriorFiles;
  readonly peers: readonly Tool[];
  /** Holds `documents.json` and the same texts as `input.parquet`. */
  readonly scratch: string;
  readonly documents: Documents;
}

/** The threshold of decisions. */
const threshold = 0.99;

/** Compares each contestant with this program's float32, token by token. Other tools that do not start are left out. */
export async function compareAll(options: FidelityOptions): Promise<FidelityResults> {
  const { priors, peers, scratch } = options;
  const reference = await ownLogprobs(priors.float32, options);
  const fidelities: Fidelity[] = [];
  let sameBits = true;
  const add = (name: string, logprobs: Float32Array): void => {
    const comparison = compareDocuments(reference, logprobs, options.documents);
    fidelities.push({ name, comparison });
    console.log(name, comparison.meanDelta, comparison.thresholds[0]);
  };
  for (const name of ['int8', 'fast'] as const) {
    const logprobs = await ownLogprobs(priors[name], options);
    const alone = await ownLogprobs(priors[name], options, 1);
    sameBits &&= Buffer.from(logprobs.buffer).equals(Buffer.from(alone.buffer));
    add(contestantNames[name], logprobs);
  }
  for (const tool of peers) {
    try {
      add(tool.name, await peerLogprobs(tool, scratch));
    } catch (error) {
      console.log(`left out: ${tool.name}: ${String(error)}`);
    }
  }
  return { fidelities, sameBits };
}

/** @param maxBatchTokens - 1 for each document alone */
async function ownLogprobs(
  { directory, modelFile }: PriorFile,
  { scratch, documents }: FidelityOptions,
  maxBatchTokens?: number,
): Promise<Float32Array> {
  console.log(`toedit, ${modelFile} of ${directory}: scoring`);
  await using prior = await loadPrior(directory, { modelFile });
  const input = join(scratch, 'input.parquet');
  return await allLogprobs(prior, { input, documents, maxBatchTokens });
}

/** Logprobs stand from each document's second token on, one document after the other. */
export function compareDocuments(
  reference: Float32Array,
  other: Float32Array,
  documents: Documents,
): PriorComparison {
  const comparison = compareLogprobs([threshold]);
  let at = 0;
  for (const [row, { length }] of documents.entries()) {
    const span = [at, at + length - 1] as const;
    comparison.add(reference.subarray(...span), other.subarray(...span), { file: 'input', row });
    at = span[1];
  }
  if (at !== reference.length || at !== other.length) {
    throw new Error(
      `${String(at)} tokens: not ${String(reference.length)}, ${String(other.length)}`,
    );
  }
  return comparison.result();
}
