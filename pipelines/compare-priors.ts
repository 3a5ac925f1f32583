import { compareLogprobs, type LogprobComparison } from '../src/comparison/compare-logprobs.ts';
import type { PriorComparison, SamplePlace } from '../src/comparison/prior-comparison.ts';
import { ToeditError } from '../src/errors.ts';
import type { HubOptions } from '../src/hub/hub-options.ts';
import {
  type Device,
  type EngineRequest,
  resolveEngines,
} from '../src/inference/engine-options.ts';
import type { Progress } from '../src/metrics/progress.ts';
import type { ModelFileRequest } from '../src/model/find-model-file.ts';
import { identifyPrior } from '../src/model/identify-prior.ts';
import { loadPrior, type Prior } from '../src/model/load-prior.ts';
import { readModelConfig } from '../src/model/read-model-files.ts';
import { type OptionNames, requireNames } from '../src/options.ts';
import type { ManifestPrior } from '../src/run/manifest/manifest.ts';
import {
  type ReadSampleOptions,
  readSample,
  type SampleDocument,
  scoreSample,
  tokenizeSample,
} from './sample/score-sample.ts';

/** A prior to compare: a model, and which of its graphs. */
export interface PriorRequest extends ModelFileRequest {
  /** The prior's directory, or `OWNER/NAME` on the hub. */
  readonly model: string;
}

/** Settings of {@link comparePriors}. */
export interface ComparePriorsOptions
  extends ComparisonOptions,
    EngineRequest,
    Pick<ReadSampleOptions, 'textColumn' | 'maxRows'> {
  /** The sample: files, directories or globs. */
  readonly inputs: readonly string[];
  /** How models of the Hugging Face hub are found and kept. @defaultValue as without environment variables */
  readonly hub?: HubOptions | undefined;
}

const comparisonOptionNames: OptionNames<ComparisonOptions> = {
  thresholds: true,
  maxTokens: true,
  onProgress: true,
  signal: true,
};

const comparePriorsOptionNames: OptionNames<ComparePriorsOptions> = {
  ...comparisonOptionNames,
  inputs: true,
  hub: true,
  textColumn: true,
  maxRows: true,
  device: true,
  devices: true,
  threads: true,
};

/** What {@link comparePriors} finds. */
export interface ComparisonReport extends PriorComparison {
  readonly a: ManifestPrior;
  readonly b: ManifestPrior;
}

/**
 * Compares what two priors of one tokenizer say of a sample, token by token; of a long document of its first window. One is
 * open at a time.
 *
 * @param a - the reference: its decisions count as right
 * @throws ToeditError `BAD_OPTION`, where the tokenizers differ, too; as `readSample`, `loadPrior` and `scoreTokens`; the signal's reason.
 */
export async function comparePriors(
  a: PriorRequest,
  b: PriorRequest,
  options: ComparePriorsOptions,
): Promise<ComparisonReport> {
  requireNames('comparePriors', options, comparePriorsOptionNames);
  const [{ device }] = resolveEngines(options);
  const hub = { signal: options.signal, ...options.hub };
  const [inA, inB] = [await identify(a, device, hub), await identify(b, device, hub)];
  requireOneTokenizer({ ...inA, directory: inA.path }, { ...inB, directory: inB.path });
  const longestWindow = Math.min(await longestOf(inA), await longestOf(inB));
  const { textColumn, maxRows, signal } = options;
  const documents = await readSample(options.inputs, { textColumn, maxRows, signal });
  const lent = { a: open(inA, options), b: open(inB, options), longestWindow };
  return { a: inA, b: inB, ...(await compareOneByOne(lent, documents, options)) };
}

function identify({ model, modelFile, dtype }: PriorRequest, device: Device, hub: HubOptions) {
  return identifyPrior(model, { modelFile, dtype, device, hub });
}

async function longestOf({ path }: ManifestPrior): Promise<number> {
  return (await readModelConfig(path)).maxTokens;
}

function open({ path, modelFile }: ManifestPrior, options: EngineRequest): LendPrior {
  const { device, devices, threads } = options;
  return async (use) => {
    await using prior = await loadPrior(path, { modelFile, device, devices, threads });
    return await use(prior);
  };
}

/**
 * Compares what two opened priors say of the tokens of documents, of a long one in its first window.
 *
 * @param a - the reference: its decisions count as right
 * @throws ToeditError `BAD_OPTION`, where the tokenizers differ, too; as `scoreSample`.
 */
export async function compareTexts(
  a: Prior,
  b: Prior,
  documents: readonly SampleDocument[],
  options: ComparisonOptions = {},
): Promise<PriorComparison> {
  requireNames('compareTexts', options, comparisonOptionNames);
  requireOneTokenizer(a, b);
  const longestWindow = Math.min(a.maxTokens, b.maxTokens);
  const lent = { a: lend(a), b: lend(b), longestWindow };
  return await compareOneByOne(lent, documents, options);
}

function lend(prior: Prior) {
  return <Result>(use: (prior: Prior) => Promise<Result>): Promise<Result> => use(prior);
}

/** What every comparison of priors takes. */
export interface ComparisonOptions {
  /** Probabilities above 0 and at most 1. @defaultValue 0.9, 0.95, 0.99, 0.999 */
  readonly thresholds?: readonly number[] | undefined;
  /** Tokens of all documents together: the last one is cut there. @defaultValue 50,000 */
  readonly maxTokens?: number | undefined;
  /** Called after each micro-batch; the files are the priors' graphs. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A minute or two of a model of 135M parameters on two cores. */
const usualTokens = 50_000;

/** Gives an opened prior for as long as it is used. */
export type LendPrior = <Result>(use: (prior: Prior) => Promise<Result>) => Promise<Result>;

/** Two priors of one tokenizer. */
export interface LentPriors {
  readonly a: LendPrior;
  readonly b: LendPrior;
  /** The longest window that both can read, in tokens. */
  readonly longestWindow: number;
}

/**
 * Compares two priors, one after the other: so they need not fit into memory together, and of A's scores four bytes a token are
 * kept. Micro-batches may differ, since scores are the same in all. Of a long document the first window is compared, of at most
 * 2048 tokens: many documents show more than a long one.
 *
 * @throws ToeditError `BAD_OPTION`; as `scoreSample`.
 */
async function compareOneByOne(
  { a, b, longestWindow }: LentPriors,
  documents: readonly SampleDocument[],
  options: ComparisonOptions,
): Promise<PriorComparison> {
  const { thresholds, maxTokens = usualTokens, ...watch } = options;
  // Now, so that a wrong threshold is reported before anything is scored.
  const comparison = compareLogprobs(thresholds);
  const windowTokens = Math.min(2048, longestWindow);
  const scoring = { ...watch, windowTokens, fileCount: 2 };
  const { sample, inA } = await a(async (prior) => {
    const bounds = { maxTokens, maxDocumentTokens: windowTokens };
    const tokens = await tokenizeSample(prior, documents, bounds);
    return { sample: tokens, inA: await scoreSample(prior, tokens, { ...scoring, fileIndex: 0 }) };
  });
  const inB = await b((prior) => scoreSample(prior, sample, { ...scoring, fileIndex: 1 }));
  return compareScores(comparison, sample, { a: inA, b: inB });
}

/** What two priors say of documents: for each the natural logs of its tokens' probabilities, `[tokens]`. */
export interface TwoScores {
  readonly a: readonly Float32Array[];
  readonly b: readonly Float32Array[];
}

/** Ends a comparison with what two priors said of documents. */
export function compareScores(
  comparison: LogprobComparison,
  documents: readonly SamplePlace[],
  { a, b }: TwoScores,
): PriorComparison {
  documents.forEach((place, i) => {
    comparison.add(a[i] ?? none, b[i] ?? none, place);
  });
  return comparison.result();
}

const none = new Float32Array();

/**
 * Makes sure that two priors read the same tokens.
 *
 * @throws ToeditError `BAD_OPTION` naming both.
 */
function requireOneTokenizer(
  a: Pick<Prior, 'directory' | 'tokenizerFingerprint'>,
  b: Pick<Prior, 'directory' | 'tokenizerFingerprint'>,
): void {
  if (a.tokenizerFingerprint === b.tokenizerFingerprint) return;
  const [inA, inB] = [a, b].map(
    ({ directory, tokenizerFingerprint }) => `${directory} (${tokenizerFingerprint.slice(0, 12)})`,
  );
  throw new ToeditError(
    'BAD_OPTION',
    `the tokenizers of ${inA ?? ''} and ${inB ?? ''} differ: name two priors with the same tokenizer.json, and the same add_bos_token in tokenizer_config.json`,
    { place: { file: b.directory } },
  );
}
