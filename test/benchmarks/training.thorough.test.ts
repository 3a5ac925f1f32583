import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  startPython,
  type Trained,
  trainingPython,
} from '#toedit/benchmarks/training/experiments/python-worker';
import { isSameRun, type RunResult, readLines } from '#toedit/benchmarks/training/results-file';
import { loadPrior } from '#toedit/src/model/load-prior';
import { root } from '../sandbox.ts';
import { scoreTexts } from '../score-texts.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';

const python = trainingPython();
const has = (module: string): boolean =>
  spawnSync(python, ['-c', `import ${module}`], { timeout: 60_000 }).status === 0;

const canTrain =
  hasSharedData && existsSync(join(sharedData, 'evidence/human.parquet')) && has('torch');
const canExport = canTrain && has('onnxscript');
if (!canTrain)
  console.warn(`skipped: training wants PyTorch in ${python}, and shared/data/evidence`);
else if (!canExport) console.warn(`skipped: export wants onnx and onnxscript in ${python}`);

const directory = mkdtempSync(join(tmpdir(), 'toedit-training-'));
const at = (name: string): string => join(directory, name);
afterAll(() => rmSync(directory, { recursive: true }));

/** Kernels differ from processor to processor, and rounding grows in 64 steps of training: in nats a token. */
const tolerance = 0.05;

test.skipIf(!canTrain)('the smallest experiment gives the committed losses', () => {
  const places = ['--cache', at('cache'), '--output', at('output')];
  execFileSync(process.execPath, ['dist/benchmarks/run.js', 'training', 'smallest', ...places], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const committed = readLines<RunResult>(join(root, 'benchmarks/training/results.jsonl'));
  const rerun = readLines<RunResult>(at('output/results.jsonl'));
  expect(rerun.map(({ arm }) => arm)).toEqual(['synthetic-0', 'synthetic-100']);
  for (const run of rerun) {
    const before = committed.find((each) => isSameRun(each, run));
    for (const heldOut of ['validation', 'test']) {
      const loss = run.losses[heldOut] ?? Number.NaN;
      const distance = Math.abs(loss - (before?.losses[heldOut] ?? Number.NaN));
      expect(distance, `${run.arm}, ${heldOut}: ${loss}`).toBeLessThan(tolerance);
    }
  }
});

test.skipIf(!canExport)(
  'an exported model is a prior with the probabilities of PyTorch',
  async () => {
    const worker = startPython(python);
    try {
      const weights = at('random.pt');
      const text =
        'It was on the fourth of March, as I have good reason to remember, that I rose earlier.';
      const corpus = at('random.bin');
      writeFileSync(corpus, new Uint8Array(Uint16Array.from({ length: 2048 }, (_, i) => i).buffer));
      const job = { kind: 'train' as const, seed: 5, corpus, tokens: 2048, weights };
      await worker.run({ ...job, evaluate: {} });
      const exported = at('prior');
      await worker.run({ kind: 'export', weights, directory: exported, tokenizer: 'models/tiny' });
      await using prior = await loadPrior(exported);
      const [scores] = await scoreTexts(prior, [text.repeat(8)]);
      const ids = scores?.tokenIds?.slice(0, 128) ?? [];
      const logprobs = scores?.logprobs?.slice(1, 128) ?? [];
      writeFileSync(at('text.bin'), new Uint8Array(Uint16Array.from(ids).buffer));
      const evaluated = { ...job, tokens: 0, start: weights, evaluate: { text: at('text.bin') } };
      const { losses } = (await worker.run(evaluated)) as Trained;
      const mean =
        logprobs.reduce<number>((sum, logprob) => sum + (logprob ?? Number.NaN), 0) / 127;
      expect([ids.length, logprobs.length]).toEqual([128, 127]);
      expect(-mean).toBeCloseTo(losses['text'] ?? Number.NaN, 4);
    } finally {
      worker.end();
    }
  },
);
