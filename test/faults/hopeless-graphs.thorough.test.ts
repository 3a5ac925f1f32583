import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToedit } from '../cli/run-toedit.ts';
import { hopelessGraph } from '../hopeless-graphs.ts';
import { root } from '../sandbox.ts';
import { corpusLines } from './fault-sandbox.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-hopeless-graphs-'));
  mkdirSync(join(directory, 'corpus'));
  for (const name of ['a', 'b']) {
    writeFileSync(join(directory, `corpus/${name}.jsonl`), corpusLines(name, 5));
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

const faults = ['the last position alone', 'the vocabulary twice', 'no number anywhere'];
const commands = {
  edit: ['edit', 'corpus', '--model'],
  score: ['score', 'corpus', '--model'],
  doctor: ['doctor', '--model'],
  'compare-priors': ['compare-priors', join(root, 'models/tiny'), '--input', 'corpus'],
  quantise: ['quantise', '--calibrate', 'corpus'],
};

const writers: ReadonlySet<unknown> = new Set(['edit', 'score', 'quantise']);

test.each(
  faults.flatMap((fault) =>
    Object.entries(commands).map((command) => [fault, ...command] as const),
  ),
)('%s: %s exits with 2, and says what is wrong with the graph', async (fault, _, command) => {
  const prior = join(directory, fault.replaceAll(' ', '-'));
  cpSync(join(root, 'models/tiny'), prior, { recursive: true });
  writeFileSync(join(prior, 'onnx/model.onnx'), hopelessGraph(fault, 4096));
  const name = command[0];
  const output = writers.has(name) ? ['-o', `${prior}-${name}`] : [];
  const { code, stdout, stderr } = await runToedit([...command, prior, ...output], directory);
  expect(code).toBe(2);
  expect(stdout + stderr).toMatch(
    /model\.onnx.* (?:does not score three tokens|cannot be quantised): /,
  );
  expect(stderr).not.toContain('again to');
});
