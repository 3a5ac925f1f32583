import { createRequire } from 'node:module';
import { versions } from 'node:process';
import { ToeditError } from '../src/errors.ts';
import { tryDevice } from '../src/inference/start-engine.ts';
import { cacheDirectory, loadPrior, type Prior } from '../src/model/load-prior.ts';
import { type OptionNames, requireNames } from '../src/options.ts';
import type {
  BatchingFinding,
  DeviceFinding,
  Diagnosis,
  PriorFinding,
} from '../src/tuning/diagnosis.ts';
import { warningsOf } from '../src/tuning/diagnosis.ts';
import { int8Facts, machineFacts } from '../src/tuning/machine-facts.ts';
import { tuneBatching, tuningFile, writeTuning } from '../src/tuning/tune-batching.ts';
import { version } from '../src/version.ts';
import type { CorpusOptions } from './stages/corpus-options.ts';

/** What `diagnose` takes. */
export type DiagnoseOptions = Pick<
  CorpusOptions,
  'model' | 'modelFile' | 'dtype' | 'device' | 'devices' | 'threads' | 'hub' | 'signal' | 'onNotice'
>;

const diagnoseOptionNames: OptionNames<DiagnoseOptions> = {
  model: true,
  modelFile: true,
  dtype: true,
  device: true,
  devices: true,
  threads: true,
  hub: true,
  signal: true,
  onNotice: true,
};

/**
 * Looks at the machine, its devices and a prior, measures which micro-batches suit it, and remembers that for later runs. A prior
 * that cannot be opened is a finding, too.
 *
 * @throws the signal's reason.
 */
export async function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  requireNames('diagnose', options, diagnoseOptionNames);
  const { model, signal, onNotice, ...request } = options;
  const found = {
    versions: { toedit: version, node: versions.node, onnxruntime: onnxruntimeVersion() },
    machine: await machineFacts(),
    devices: await tryDevices(),
    int8: await int8Facts(),
  };
  try {
    await using prior = await loadPrior(model, {
      ...request,
      hub: { signal, onNotice, ...request.hub },
    });
    const priorFinding = lookAt(prior);
    onNotice?.('measuring which micro-batches suit this machine');
    const batching = await measure(prior, signal);
    const warnings = warningsOf({ ...found, prior: priorFinding, batching });
    return { ...found, prior: priorFinding, batching, warnings, error: null };
  } catch (error) {
    if (!(error instanceof ToeditError)) throw error;
    const { code, message } = error;
    return { ...found, prior: null, batching: null, warnings: [], error: { code, message } };
  }
}

function onnxruntimeVersion(): string {
  const about: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json');
  return String((about as { readonly version: unknown }).version);
}

/** One after the other: what one device's driver does must not be blamed on another. */
async function tryDevices(): Promise<DeviceFinding[]> {
  const findings: DeviceFinding[] = [];
  for (const device of ['cpu', 'cuda', 'webgpu'] as const) {
    findings.push({ device, problem: await tryDevice(device) });
  }
  return findings;
}

function lookAt(prior: Prior): PriorFinding {
  const { name, directory, modelFile, precision, device, threads, engines } = prior;
  const { vocabularySize, maxTokens, notSplit, fingerprint } = prior;
  return {
    ...{ name, directory, modelFile, precision, device, threads, engines },
    ...{ vocabularySize, maxTokens, notSplit, fingerprint },
  };
}

async function measure(prior: Prior, signal: AbortSignal | undefined): Promise<BatchingFinding> {
  const file = tuningFile(prior, cacheDirectory());
  const tuning = await tuneBatching(prior, signal);
  return { ...tuning, file: (await writeTuning(file, tuning)) ? file : null };
}
