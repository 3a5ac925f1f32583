import { createRequire } from 'node:module';
import { versions } from 'node:process';
import { ToeditError } from '../src/errors.ts';
import {
  cacheDirectory,
  loadPrior,
  type Prior,
  type PriorOptions,
} from '../src/model/load-prior.ts';
import { type OptionNames, requireNames } from '../src/options.ts';
import { deviceFindings, numbersProblem } from '../src/tuning/device-findings.ts';
import type { BatchingFinding, Diagnosis, PriorFinding } from '../src/tuning/diagnosis.ts';
import { warningsOf } from '../src/tuning/diagnosis.ts';
import { differenceFromCpu } from '../src/tuning/difference-from-cpu.ts';
import { type EstimateRequest, estimateOf, requireEstimate } from '../src/tuning/estimate.ts';
import { int8Facts, machineFacts } from '../src/tuning/machine-facts.ts';
import { storageFacts } from '../src/tuning/storage-facts.ts';
import { tuneBatching, tuningFile, writeTuning } from '../src/tuning/tune-batching.ts';
import { version } from '../src/version.ts';
import type { CorpusOptions } from './stages/corpus-options.ts';

/** What `diagnose` takes. */
export type DiagnoseOptions = EstimateRequest &
  Pick<
    CorpusOptions,
    | 'model'
    | 'modelFile'
    | 'dtype'
    | 'device'
    | 'devices'
    | 'threads'
    | 'hub'
    | 'signal'
    | 'onNotice'
  >;

const diagnoseOptionNames: OptionNames<DiagnoseOptions> = {
  model: true,
  modelFile: true,
  dtype: true,
  device: true,
  devices: true,
  threads: true,
  tokens: true,
  pricePerHour: true,
  hub: true,
  signal: true,
  onNotice: true,
};

/**
 * Looks at the machine, its devices and a prior, measures which micro-batches suit it, and remembers that for later runs. A prior
 * that cannot be opened is a finding, too.
 *
 * @throws ToeditError BAD_OPTION where the tokens or the price cannot be; the signal's reason.
 */
export async function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  requireNames('diagnose', options, diagnoseOptionNames);
  const { model, signal, onNotice, tokens, pricePerHour, ...request } = options;
  requireEstimate({ tokens, pricePerHour });
  const found = {
    versions: { toedit: version, node: versions.node, onnxruntime: onnxruntimeVersion() },
    machine: await machineFacts(),
    storage: await storageFacts(),
    devices: await deviceFindings(),
    int8: await int8Facts(),
  };
  signal?.throwIfAborted();
  try {
    await using prior = await loadPrior(model, {
      ...request,
      hub: { signal, onNotice, ...request.hub },
    });
    const priorFinding = await lookAt(prior, request);
    onNotice?.('measuring which micro-batches suit this machine');
    const batching = await measure(prior, signal);
    const estimate = estimateOf(batching, prior.engines, { tokens, pricePerHour });
    const warnings = warningsOf({ ...found, prior: priorFinding, batching });
    return { ...found, prior: priorFinding, batching, estimate, warnings, error: null };
  } catch (error) {
    if (!(error instanceof ToeditError)) throw error;
    const { code, message } = error;
    const nothing = { prior: null, batching: null, estimate: null, warnings: [] };
    return { ...found, ...nothing, error: { code, message } };
  }
}

function onnxruntimeVersion(): string {
  const about: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json');
  return String((about as { readonly version: unknown }).version);
}

/** @throws ToeditError DEVICE_UNAVAILABLE where its numbers are far from those on the CPU. */
async function lookAt(prior: Prior, request: PriorOptions): Promise<PriorFinding> {
  const { name, directory, modelFile, precision, device, threads, engines } = prior;
  const { vocabularySize, maxTokens, notSplit, fingerprint } = prior;
  const largestDifference = await differenceFromCpu(prior, request);
  const problem = numbersProblem(largestDifference);
  if (problem !== null) {
    throw new ToeditError('DEVICE_UNAVAILABLE', `${directory} on ${device}: ${problem}`);
  }
  return {
    ...{ name, directory, modelFile, precision, device, threads, engines },
    ...{ vocabularySize, maxTokens, notSplit, largestDifference, fingerprint },
  };
}

async function measure(prior: Prior, signal: AbortSignal | undefined): Promise<BatchingFinding> {
  const file = tuningFile(prior, cacheDirectory());
  const tuning = await tuneBatching(prior, signal);
  return { ...tuning, file: (await writeTuning(file, tuning)) ? file : null };
}
