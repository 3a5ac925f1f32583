import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { selectDsirCorpus } from '#toedit/pipelines/select-dsir';
import { textsOf } from '../analysis-reference.ts';
import { root } from '../sandbox.ts';

const sample = join(root, 'examples/corpus');
const dictionary = 'devils-dictionary.jsonl.gz';
let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-select-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const request = { target: [join(sample, 'books.parquet')], from: [sample] };

describe('selectDsirCorpus', () => {
  test('writes rows of the corpus as they are, closer to the target than all of them', async () => {
    const output = join(directory, 'ten');
    const report = await selectDsirCorpus({ ...request, rows: 10, output });
    expect(report).toMatchObject({ candidates: 33, selected: 10, targetDocuments: 3 });
    expect(report.files.reduce((sum, { selected }) => sum + selected, 0)).toBe(10);
    const { candidates, selected } = report.jensenShannon;
    expect(selected ?? 9).toBeLessThan(candidates ?? 0);
    const lines = (path: string): string[] =>
      gunzipSync(readFileSync(path)).toString('utf8').split('\n').filter(Boolean);
    const all = lines(join(sample, dictionary));
    const chosen = lines(join(output, dictionary));
    expect(all.filter((line) => chosen.includes(line))).toEqual(chosen);
    expect(chosen).toHaveLength(
      report.files.find(({ input }) => input.endsWith(dictionary))?.selected ?? 0,
    );
  });

  test('the same seed selects the same rows', async () => {
    const select = async (name: string, seed: bigint): Promise<readonly string[]> => {
      const output = join(directory, name);
      await selectDsirCorpus({
        target: [join(sample, dictionary)],
        from: [join(sample, 'peps.arrow'), join(sample, dictionary)],
        rows: 8,
        seed,
        output,
      });
      const files = readdirSync(output).toSorted();
      return files.map((file) => `${file} ${readFileSync(join(output, file)).toString('base64')}`);
    };
    expect(await select('one', 1n)).toEqual(await select('again', 1n));
  });

  test('selects all where there are no more, and refuses what stands there already', async () => {
    const output = join(directory, 'all');
    const report = await selectDsirCorpus({ ...request, rows: 1000, output });
    expect(report.selected).toBe(33);
    const [was, is] = await Promise.all(
      [sample, output].map((at) => textsOf(join(at, 'peps.arrow'))),
    );
    expect(is).toEqual(was);
    const again = selectDsirCorpus({ ...request, rows: 1000, output });
    await expect(again).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    await selectDsirCorpus({ ...request, rows: 1000, output, overwrite: true });
    const over = selectDsirCorpus({ ...request, rows: 1, output: sample, overwrite: true });
    await expect(over).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});
