import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ToeditError } from '../src/errors.ts';
import { badOption, requireProbability } from '../src/options.ts';
import { calibrate } from '../src/quantisation/calibrate.ts';
import { int8Share, namesOf, provenance } from '../src/quantisation/provenance.ts';
import { readSourceModel } from '../src/quantisation/read-source-model.ts';
import {
  quantisedModelFile,
  writeQuantisedDirectory,
} from '../src/quantisation/write-quantised-directory.ts';
import type { QuantisationReport } from '../src/report/quantisation-report.ts';
import { chooseRecipe } from './choose-recipe.ts';
import { drawQuantisationSample } from './draw-quantisation-sample.ts';
import { noticeSlowInt8 } from './notice-slow-int8.ts';
import { type QuantiseOptions, quantiseDefaults } from './quantise-options.ts';
import { compareWithSource } from './try-recipe.ts';

/**
 * Quantises a float32 prior to int8: calibrates it on a sample, chooses how activations are smoothed and which layers stay in float32,
 * writes a model directory, and compares both priors on documents of the sample that had no part in it.
 *
 * @throws ToeditError BAD_OPTION; MODEL_INVALID naming the node that stands in the way; OUTPUT_EXISTS; what reading the sample
 * throws; the signal's reason.
 */
export async function quantiseModel(options: QuantiseOptions): Promise<QuantisationReport> {
  const started = performance.now();
  const {
    threads = 0,
    threshold = quantiseDefaults.threshold,
    onStep = () => undefined,
    signal,
  } = options;
  requireFractions(options);
  const output = resolve(options.output);
  await refuseExisting(output, options);
  const source = await readSourceModel(options.model, options);
  await noticeSlowInt8({ device: 'cpu', precision: 'int8' }, options.onStep);
  await mkdir(dirname(output), { recursive: true });
  const directory = await mkdtemp(join(dirname(output), '.toedit-quantise-'));
  try {
    onStep('scoring the sample in float32');
    const sample = await drawQuantisationSample(source, options);
    onStep(`calibrating ${source.layers.length} layers`);
    const maxima = await calibrate(source, sample.windows, { directory, threads, signal });
    const trial = { source, directory, threads, threshold, signal };
    const { recipe, alpha } = await chooseRecipe({ ...trial, sample, maxima, options });
    onStep('writing the model, and comparing it on held-out documents');
    const made = join(directory, 'made');
    const { sourceFingerprint, fingerprint: sampleFingerprint } = sample;
    const origin = { sourceFingerprint, sampleFingerprint, alpha };
    const metadata = provenance(source, recipe, origin);
    await writeQuantisedDirectory(made, source, recipe, metadata);
    const comparison = await compareWithSource(made, { ...trial, sample: sample.heldOut });
    await rm(output, { recursive: true, force: true });
    await rename(made, output);
    return {
      ...{ source: source.path, output, modelFile: quantisedModelFile, alpha },
      layers: source.layers.length,
      float32Layers: namesOf(recipe.float32),
      int8Share: int8Share(source.layers, recipe.float32),
      seconds: (performance.now() - started) / 1000,
      comparison,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function refuseExisting(
  output: string,
  { model, overwrite = false }: QuantiseOptions,
): Promise<void> {
  if (output === resolve(model)) {
    throw badOption('output', `${output}, the model itself`, 'name another one');
  }
  const found = await stat(output).catch(() => null);
  if (found === null || overwrite) return;
  throw new ToeditError(
    'OUTPUT_EXISTS',
    `${output} exists already: name another directory, or give --overwrite to replace it`,
    { place: { file: output } },
  );
}

function requireFractions({
  keepDecisions = quantiseDefaults.keepDecisions,
  threshold = quantiseDefaults.threshold,
}: QuantiseOptions): void {
  if (!(keepDecisions > 0 && keepDecisions < 1)) {
    throw badOption('keepDecisions', keepDecisions, 'choose a fraction above 0, such as 0.001');
  }
  requireProbability('threshold', threshold);
}
