import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * One start, in this process: prints what it took as JSON, in milliseconds. `whole` counts from the start of the process, and so
 * does `floor`; the others count from when everything is imported.
 */
const [what = 'whole', model = '', modelFile = ''] = process.argv.slice(2);
const measures: Record<string, () => Promise<Record<string, number>>> = { floor, parts, whole };
console.log(JSON.stringify(await measures[what]?.()));

/** ONNX Runtime alone, the whole model opened. */
async function floor(): Promise<Record<string, number>> {
  const { InferenceSession } = await import('onnxruntime-node');
  const imported = performance.now();
  await InferenceSession.create(join(model, modelFile));
  return { imported, opened: performance.now() };
}

/** One document, edited as `toedit edit` does it. */
async function whole(): Promise<Record<string, number>> {
  const { editCorpus, readParquet, writeParquet } = await import('../../src/index.ts');
  const imported = performance.now();
  const { takeRows } = await import('../../operators/take-rows.ts');
  const { sharedFile } = await import('../smollm2-directory.ts');
  const directory = await mkdtemp(join(tmpdir(), 'toedit-startup-'));
  const input = join(directory, 'input.parquet');
  const source = readParquet(sharedFile('data/paragraphs.parquet'));
  await pipeline(source, takeRows(1), writeParquet(input));
  const started = performance.now();
  let firstBatch = Number.NaN;
  await editCorpus({
    ...{ inputs: [input], output: join(directory, 'output'), model, modelFile },
    onProgress: () => {
      if (Number.isNaN(firstBatch)) firstBatch = performance.now() - started + imported;
    },
  });
  const firstOutput = performance.now() - started + imported;
  await rm(directory, { recursive: true });
  return { imported, firstBatch, firstOutput };
}

/** What a start consists of, one after the other; in a run the sessions open while the weights are hashed. */
async function parts(): Promise<Record<string, number>> {
  const { identifyPrior } = await import('../../src/model/identify-prior.ts');
  const { loadPrior } = await import('../../src/model/load-prior.ts');
  const { loadTokenizer } = await import('../../src/model/load-tokenizer.ts');
  const { readModelConfig } = await import('../../src/model/read-model-files.ts');
  const { readModelFile } = await import('../../src/model/read-model-files.ts');
  const { splitModel } = await import('../../src/onnx/split-model.ts');
  const { fingerprintModel } = await import('../../src/model/fingerprint-model.ts');
  const path = join(model, modelFile);
  const took: Record<string, number> = {};
  const time = async <T>(name: string, work: () => Promise<T> | T): Promise<T> => {
    const started = performance.now();
    const result = await work();
    took[name] = performance.now() - started;
    return result;
  };
  // No directory can be made below a file: every fingerprint is made anew.
  const nowhere = import.meta.filename;
  await time('config', () => readModelConfig(model));
  const tokenizer = await time('tokenizer', () => loadTokenizer(model, null));
  await tokenizer.close();
  const file = await time('graph', () => readModelFile(path));
  await time('split', () => splitModel(file.model, path));
  await time('fingerprint', () => fingerprintModel(path, file, nowhere));
  await time('identified', () => identifyPrior(model, { modelFile }));
  const prior = await time('prior', () => loadPrior(model, { modelFile }));
  const batch = { size: 1, width: 2, tokenIds: Int32Array.of(1, 2), spans: Int32Array.of(1, 2) };
  const asked = { logThreshold: Number.POSITIVE_INFINITY, topK: 1 };
  await time('batch', () => prior.score({ ...batch, ...asked }));
  await prior.close();
  return took;
}
