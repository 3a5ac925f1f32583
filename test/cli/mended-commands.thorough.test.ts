import { mkdtempSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EditCorpusOptions, editCorpus, planCorpus } from 'toedit';
import { afterAll, expect, test } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'toedit-mended-'));
const input = join(directory, 'own.jsonl');
afterAll(() => rm(directory, { recursive: true }));

let runs = 0;
async function place(): Promise<{ output: string; inputs: string[] }> {
  await writeFile(input, '{"content":"some text, and more of it"}\n{"content":"a line"}\n');
  return { output: join(directory, `run-${String(runs++)}`), inputs: [input] };
}

const right: Partial<EditCorpusOptions> = { textColumn: 'content', threads: 1 };

test('after a wrong column, the mended command is shown how to begin again', async () => {
  const at = await place();
  const wrong = await editCorpus({ ...at, ...right, textColumn: 'contnet' });
  expect(wrong.tasks).toMatchObject({ total: 1, bad: 1 });
  await expect(editCorpus({ ...at, ...right })).rejects.toMatchObject({
    code: 'MANIFEST_CONFLICT',
    message: expect.stringMatching(
      /every file failed: textColumn was "contnet", is "content". Nothing is lost .* --overwrite$/,
    ) as string,
  });
  expect(await editCorpus({ ...at, ...right, overwrite: true })).toMatchObject({
    ...{ rows: 2, tasks: { done: 1 } },
  });
});

test('a device that is not there leaves nothing behind', async () => {
  const at = await place();
  await expect(editCorpus({ ...at, ...right, device: 'cuda' })).rejects.toMatchObject({
    code: 'DEVICE_UNAVAILABLE',
  });
  expect(await readdir(at.output)).toEqual([]);
  expect(await editCorpus({ ...at, ...right })).toMatchObject({ rows: 2 });
});

test('a run that did something, and one that is only planned, are kept', async () => {
  const done = await place();
  await editCorpus({ ...done, ...right });
  const planned = await place();
  await planCorpus({ ...planned, ...right });
  for (const at of [done, planned]) {
    await expect(editCorpus({ ...at, ...right, seed: 3n })).rejects.toMatchObject({
      code: 'MANIFEST_CONFLICT',
    });
    expect(await editCorpus({ ...at, ...right })).toMatchObject({ rows: 2 });
  }
});
