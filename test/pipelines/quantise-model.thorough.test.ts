import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparePriors, loadPrior, type QuantisationReport, quantiseModel } from 'toedit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identifyPrior } from '#toedit/src/model/identify-prior';
import { readMetadata } from '#toedit/src/onnx/onnx-fields';
import { readOnnxModel } from '#toedit/src/onnx/onnx-file';
import { liveWorkers } from '../open-resources.ts';
import { root } from '../sandbox.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-quantise-'));
const sample = join(directory, 'sample.jsonl');
const model = join(root, 'models/tiny');
const verses = readFileSync(join(root, 'README.md'), 'utf8').split('\n\n');
const options = { model, calibrate: [sample], threads: 1, keepDecisions: 0.01 };

let fast: QuantisationReport;

beforeAll(async () => {
  const lines = verses.slice(0, 40).map((text) => `${JSON.stringify({ text })}\n`);
  writeFileSync(sample, lines.join(''));
  fast = await quantiseModel({ ...options, output: join(directory, 'fast'), fast: true });
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true }));

test('a fast model has every layer in int8, and opens as any other', async () => {
  expect(fast).toMatchObject({ layers: 16, float32Layers: [], int8Share: 1 });
  expect([0.4, 0.5, 0.6, 0.7]).toContain(fast.alpha);
  const found = await identifyPrior(fast.output);
  expect(found).toMatchObject({ modelFile: 'onnx/model_int8.onnx', precision: 'int8' });
  await using prior = await loadPrior(fast.output, { threads: 1 });
  expect(prior.notSplit).toBeNull();
  const own = await identifyPrior(model);
  expect(prior.tokenizerFingerprint).toBe(own.tokenizerFingerprint);
  expect(prior.modelFingerprint).not.toBe(own.modelFingerprint);
});

test('what it reports is what compare-priors says of held-out documents', async () => {
  const { comparison } = fast;
  expect(comparison.meanDelta).toBeGreaterThan(0);
  expect(comparison.meanDelta).toBeLessThan(0.1);
  const heldOut = join(directory, 'held-out.jsonl');
  const lines = readFileSync(sample, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  writeFileSync(heldOut, lines.filter((_, i) => i % 2 === 1).join('\n'));
  const again = await comparePriors(
    { model },
    { model: fast.output },
    { inputs: [heldOut], threads: 1 },
  );
  expect(again.tokens).toBe(comparison.tokens);
  expect(again.meanDelta).toBeCloseTo(comparison.meanDelta, 12);
});

test('the file says what it was made from, and how', async () => {
  const file = readFileSync(join(fast.output, fast.modelFile));
  const metadata = readMetadata(readOnnxModel(file));
  const { modelFingerprint } = await identifyPrior(model);
  expect(metadata.get('toedit.source_fingerprint')).toBe(modelFingerprint);
  expect(metadata.get('toedit.sample_fingerprint')).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.parse(metadata.get('toedit.recipe') ?? '')).toMatchObject({
    smoothing: { alpha: fast.alpha },
    float32Layers: [],
  });
  expect(readdirSync(fast.output).sort()).toEqual(
    expect.arrayContaining(['config.json', 'onnx', 'tokenizer.json']),
  );
});

test('the same model and sample give the same bytes; the fingerprint of the source is in them', async () => {
  const again = await quantiseModel({ ...options, output: join(directory, 'again'), fast: true });
  for (const name of ['model_int8.onnx', 'model_int8.onnx_data']) {
    const [a, b] = [fast, again].map(({ output }) => readFileSync(join(output, 'onnx', name)));
    expect(b?.equals(a ?? Buffer.of())).toBe(true);
  }
}, 120_000);

test('layers stay in float32 until the decisions asked for are kept', async () => {
  const before = liveWorkers();
  const steps: string[] = [];
  // No decision may change of some thousand: only layers in float32 can hold that at P >= 0.05.
  const report = await quantiseModel({
    ...{ ...options, keepDecisions: 0.002, threshold: 0.05 },
    output: join(directory, 'close'),
    onStep: (step) => steps.push(step),
  });
  expect(liveWorkers()).toBe(before);
  expect(report.float32Layers.length).toBeGreaterThan(0);
  expect(report.int8Share).toBeLessThan(1);
  expect(report.comparison.meanDelta).toBeLessThan(fast.comparison.meanDelta);
  expect(steps.some((step) => step.includes('layers in float32'))).toBe(true);
}, 240_000);

test('it can be interrupted between two passes, and leaves nothing behind', async () => {
  const stop = new AbortController();
  const onStep = (step: string) => {
    if (step.startsWith('calibrating')) stop.abort(new Error('enough'));
  };
  const output = join(directory, 'interrupted');
  const quantising = quantiseModel({ ...options, output, onStep, signal: stop.signal });
  await expect(quantising).rejects.toThrow('enough');
  expect(readdirSync(directory).filter((name) => /^\.toedit|^interrupted/.test(name))).toEqual([]);
});

test.each([
  [{ keepDecisions: 0 }, 'BAD_OPTION', 'keepDecisions is 0'],
  [{ threshold: 1.5 }, 'BAD_OPTION', 'threshold is 1.5'],
  [{ keepDecisions: 0.00001 }, 'BAD_OPTION', 'too few to measure 0.001 %'],
  [{ output: model }, 'BAD_OPTION', 'the model itself'],
  [{ output: join(directory, 'fast') }, 'OUTPUT_EXISTS', '--overwrite'],
  [{ model: join(directory, 'fast') }, 'MODEL_INVALID', 'quantised already'],
  [{ calibrate: [join(directory, 'none.jsonl')] }, 'INPUT_NOT_FOUND', 'none.jsonl'],
])('%j is refused with %s', async (wrong, code, words) => {
  const output = join(directory, 'refused');
  await expect(quantiseModel({ ...options, output, ...wrong })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(words) as string,
  });
  expect(readdirSync(directory).filter((name) => name.startsWith('.toedit'))).toEqual([]);
  expect(readdirSync(directory)).not.toContain('refused');
});
