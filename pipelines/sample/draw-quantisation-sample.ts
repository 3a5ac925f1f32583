import { createHash } from 'node:crypto';
import { ToeditError } from '../../src/errors.ts';
import type { ProbeRequest } from '../../src/inference/open-probe.ts';
import { loadPrior, type Prior } from '../../src/model/load-prior.ts';
import type { ModelRequest } from '../../src/model/locate-model.ts';
import { type OptionNames } from '../../src/options.ts';
import type { SourceModel } from '../../src/quantisation/source-model.ts';
import { readSample, type SampleTokens, scoreSample, tokenizeSample } from './score-sample.ts';

/** Documents, and what the source says of them. */
export interface ScoredTokens {
  readonly documents: readonly SampleTokens[];
  /** Natural logs of the tokens' probabilities in float32, for each document. */
  readonly logprobs: readonly Float32Array[];
}

/** The sample that a model is quantised with. */
export interface QuantisationSample {
  /** What the recipe is chosen on: every other document. */
  readonly tuning: ScoredTokens;
  /** What has no part in it: the rest. */
  readonly heldOut: ScoredTokens;
  /** Token ids for calibration, with BOS where the prior's tokenizer adds it. */
  readonly windows: readonly Int32Array[];
  /** A few windows of one length. */
  readonly probe: Omit<ProbeRequest, 'scalars'>;
  /** SHA-256 over the tokens, in hexadecimal. */
  readonly fingerprint: string;
  /** The source's. */
  readonly sourceFingerprint: string;
}

/** Tokens that calibration reads. */
const calibrationTokens = 2048;
/** A longer document is cut there: many documents show more than a long one. */
const maxDocumentTokens = 512;
const probeTokens = 48;
const probeWindows = 2;
const leastTuningTokens = 8192;

/**
 * Reads the sample, splits its documents into halves, and scores them in float32.
 *
 * @throws ToeditError BAD_OPTION where it is too small to measure the share of decisions asked for; as `readSample`, `loadPrior`,
 * `scoreSample`.
 */
export async function drawQuantisationSample(
  source: SourceModel,
  options: QuantiseOptions,
): Promise<QuantisationSample> {
  const { keepDecisions = quantiseDefaults.keepDecisions, threads, signal, textColumn } = options;
  const texts = await readSample(options.calibrate, { textColumn, signal, maxRows: 20_000 });
  await using prior = await loadPrior(source.root, { modelFile: source.modelFile, threads });
  const maxTokens = Math.max(leastTuningTokens, Math.ceil(8 / keepDecisions));
  const score = async (parity: number): Promise<ScoredTokens> => {
    const own = texts.filter((_, i) => i % 2 === parity);
    const documents = await tokenizeSample(prior, own, { maxTokens, maxDocumentTokens });
    return { documents, logprobs: await scoreSample(prior, documents, { signal }) };
  };
  const [tuning, heldOut] = [await score(0), await score(1)];
  requireEnough({ tuning, heldOut }, options);
  return {
    ...{ tuning, heldOut, sourceFingerprint: prior.modelFingerprint },
    ...windowsOf(prior, tuning),
    fingerprint: fingerprintOf([tuning, heldOut]),
  };
}

function requireEnough(
  { tuning, heldOut }: Pick<QuantisationSample, 'tuning' | 'heldOut'>,
  { calibrate, fast = false, keepDecisions = quantiseDefaults.keepDecisions }: QuantiseOptions,
): void {
  const refuse = (reason: string, remedy: string): never => {
    const message = `calibrate is ${calibrate.join(', ')}: ${reason}. ${remedy}`;
    throw new ToeditError('BAD_OPTION', message);
  };
  if (heldOut.documents.length === 0) {
    refuse('it has fewer than two documents', 'Give more: half of them are held out.');
  }
  const tokens = tuning.documents.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  if (fast || tokens * keepDecisions >= 1) return;
  const least = 2 * Math.ceil(1 / keepDecisions);
  const share = `${100 * keepDecisions} % of the decisions`;
  refuse(
    `half of its documents have ${tokens} tokens, too few to measure ${share}`,
    `Give at least ${least} tokens, or a larger --keep-decisions.`,
  );
}

function windowsOf(
  { addsBos, bosTokenId, maxTokens }: Prior,
  { documents }: ScoredTokens,
): Pick<QuantisationSample, 'windows' | 'probe'> {
  const bos = addsBos && bosTokenId !== null ? [bosTokenId] : [];
  const all = documents.map(({ tokenIds }) =>
    Int32Array.of(...bos, ...tokenIds).subarray(0, Math.min(maxDocumentTokens, maxTokens)),
  );
  const windows: Int32Array[] = [];
  let tokens = 0;
  for (const window of all) {
    if (tokens >= calibrationTokens) break;
    windows.push(window);
    tokens += window.length;
  }
  const longest = Math.max(...windows.map(({ length }) => length));
  const width = Math.min(probeTokens, longest);
  const long = windows.filter(({ length }) => length >= width).slice(0, probeWindows);
  const tokenIds = Int32Array.from(long.flatMap((window) => [...window.subarray(0, width)]));
  return { windows, probe: { size: long.length, width, tokenIds } };
}

function fingerprintOf(parts: readonly ScoredTokens[]): string {
  const hash = createHash('sha256');
  for (const { documents } of parts) {
    for (const { tokenIds } of documents) hash.update(tokenIds).update('\n');
  }
  return hash.digest('hex');
}

/** Settings of `quantiseModel`. */
export interface QuantiseOptions extends ModelRequest {
  /** The prior's directory, or `OWNER/NAME` on the hub. */
  readonly model: string;
  /** Files, directories or globs with documents like those that will be edited. */
  readonly calibrate: readonly string[];
  /** The directory of the quantised prior. */
  readonly output: string;
  /** @defaultValue 'text' */
  readonly textColumn?: string | undefined;
  /**
   * The fraction of decisions that may change on the part of the sample that the recipe is chosen on, one standard error added: layers
   * stay in float32 until no more do. @defaultValue 0.001
   */
  readonly keepDecisions?: number | undefined;
  /** Quantise every layer, whatever it costs in decisions. @defaultValue false */
  readonly fast?: boolean | undefined;
  /** The probability at which decisions are counted. @defaultValue 0.99 */
  readonly threshold?: number | undefined;
  /** Inference threads. @defaultValue ONNX Runtime's choice: the physical cores */
  readonly threads?: number | undefined;
  /** Replace what is at `output`. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /** Called at each step, with a line for people. */
  readonly onStep?: ((step: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The names of {@link QuantiseOptions}. */
export const quantiseOptionNames: OptionNames<QuantiseOptions> = {
  model: true,
  modelFile: true,
  dtype: true,
  hub: true,
  calibrate: true,
  output: true,
  textColumn: true,
  keepDecisions: true,
  fast: true,
  threshold: true,
  threads: true,
  overwrite: true,
  onStep: true,
  signal: true,
};

/** What stands for options that are left out. */
export const quantiseDefaults = { keepDecisions: 0.001, threshold: 0.99 } as const;
