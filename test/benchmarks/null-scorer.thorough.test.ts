import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildsBeside } from '#toedit/benchmarks/builds/build';
import { editWith } from '#toedit/benchmarks/builds/edit-with';

test('the command runs with the null scorer that benchmarks put before its prior', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-null-scorer-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const input = join(directory, 'corpus.jsonl');
  writeFileSync(input, '{"text":"The old man and the sea had gone without a word, as they do."}\n');
  const [build] = buildsBeside(undefined);
  if (build === undefined) throw new Error('no build');
  const { summary, cpuSeconds } = await editWith(build, { input, output: join(directory, 'out') });
  expect(summary.tokens).toBeGreaterThan(10);
  expect(cpuSeconds).toBeGreaterThan(0);
});
