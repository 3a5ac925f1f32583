import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  editCorpus,
  editRounds,
  resampleCorpus,
  revertCorpus,
  scoreCorpus,
  verifyRun,
} from 'toedit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'toedit-no-rows-'));
const corpus = join(directory, 'corpus');
const files = ['empty.jsonl', 'bad.jsonl', 'rows.jsonl'];

beforeAll(async () => {
  await mkdir(corpus);
  await writeFile(join(corpus, 'empty.jsonl'), '');
  // Where bad rows are set aside, the output of this one has none.
  await writeFile(join(corpus, 'bad.jsonl'), '{"text":7}\nno JSON\n');
  await writeFile(join(corpus, 'rows.jsonl'), '{"text":"It was on the fourth of March."}\n');
});
afterAll(() => rm(directory, { recursive: true }));

const rule = { threads: 1, onBadRow: 'dead-letter' } as const;
const at = (name: string): string => join(directory, name);
const sizesOf = (run: string): Promise<number[]> =>
  Promise.all(files.map(async (name) => (await readFile(join(run, name))).length));

test('files of JSON Lines without rows go through all that a run is made for', async () => {
  const edited = at('edited');
  const summary = await editCorpus({ ...rule, inputs: [corpus], output: edited });
  expect(summary).toMatchObject({ rows: 3, deadLetters: 2, tasks: { done: 3, bad: 0 } });
  const sizes = await sizesOf(edited);
  expect(sizes).toEqual([0, 0, 42]);
  expect((await verifyRun(edited)).problems).toEqual([]);

  const again = await editCorpus({ ...rule, inputs: [edited], output: at('again') });
  expect(again).toMatchObject({ rows: 1, tasks: { done: 3, bad: 0 } });
  await revertCorpus({ edited: at('again'), output: at('reverted') });
  expect(await sizesOf(at('reverted'))).toEqual(sizes);

  await editRounds({ ...rule, inputs: [corpus], output: at('rounds'), rounds: 2 });
  expect(await sizesOf(at('rounds/round-2'))).toEqual(sizes);

  await scoreCorpus({ threads: 1, inputs: [edited], output: at('scored'), candidates: 8 });
  await resampleCorpus({ scored: at('scored'), output: at('resampled') });
  expect(await sizesOf(at('resampled'))).toEqual(sizes);
});
