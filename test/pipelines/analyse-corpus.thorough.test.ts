import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnalyseCorpusOptions, analyseCorpus } from '#toedit/pipelines/analyse-corpus';
import { mergeAnalyses } from '#toedit/pipelines/merge-analyses';
import { scoreCorpus } from '#toedit/pipelines/score-corpus';
import { sweepCorpus } from '#toedit/pipelines/sweep-corpus';
import { root } from '../sandbox.ts';

const sample = join(root, 'examples/corpus');
let directory = '';
let corpus = '';
let next = 0;
const fresh = (): string => join(directory, `out-${String(next++)}`);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-analyse-'));
  corpus = join(directory, 'corpus');
  mkdirSync(join(corpus, 'below'), { recursive: true });
  const lines = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, at) => {
      const source = at % 3 === 0 ? null : `s${String(at % 3)}`;
      const text =
        at % 7 === 0 ? null : `Text ${String(from + at)} of É and ${'the '.repeat(at % 5)}end.`;
      return `${JSON.stringify({ text, source, id: from + at })}\n`;
    }).join('');
  writeFileSync(join(corpus, 'a.jsonl'), lines(0, 50));
  writeFileSync(join(corpus, 'b.jsonl'), lines(50, 80));
  writeFileSync(join(corpus, 'below/c.jsonl'), lines(80, 180));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const withCode = (code: string): unknown => expect.objectContaining({ code });
const sets = (): AnalyseCorpusOptions['sets'] => [
  { name: 'ours', inputs: [corpus] },
  { name: 'human', inputs: [sample] },
];

describe('analyseCorpus', () => {
  test.each([1, 2, 3, 5])(
    '%i shards, merged, give the report of one pass to the last bit',
    async (count) => {
      const options = { sets: sets() };
      const whole = await analyseCorpus(options);
      expect(whole.reference).toBe('human');
      const outputs: string[] = [];
      for (let index = count - 1; index >= 0; index--) {
        const output = fresh();
        outputs.push(output);
        const part = await analyseCorpus({ ...options, output, shard: { index, count } });
        const files = part.sets.reduce((sum, set) => sum + set.files, 0);
        expect(files + part.pending).toBe(6);
      }
      const output = fresh();
      const merged = await mergeAnalyses({ from: outputs, output });
      expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
      expect(readFileSync(join(output, 'analysis.json'), 'utf8')).toBe(
        `${JSON.stringify(whole)}\n`,
      );
    },
  );

  test('groups by a column: their counts add up to those of all', async () => {
    const options = { sets: [{ name: 'ours', inputs: [corpus] }], groupBy: 'source' };
    const [set] = (await analyseCorpus(options)).sets;
    expect(set?.groups.map(({ group }) => group)).toEqual(['s1', 's2', null]);
    for (const count of ['rows', 'passed'] as const) {
      expect(set?.groups.reduce((sum, group) => sum + group[count], 0)).toBe(set?.[count]);
    }
    expect(set?.rows).toBe(180);
    const [alone] = (await analyseCorpus({ sets: options.sets })).sets;
    expect(set?.features).toEqual(alone?.features);
    // 100 values in the fullest file, 180 in all.
    const byId = analyseCorpus({ ...options, groupBy: 'id' });
    await expect(byId).rejects.toEqual(withCode('BAD_OPTION'));
    writeFileSync(
      join(corpus, '../many.jsonl'),
      Array.from({ length: 101 }, (_, id) => `{"text":"a","id":${String(id)}}\n`).join(''),
    );
    const many = {
      sets: [{ name: 'many', inputs: [join(directory, 'many.jsonl')] }],
      groupBy: 'id',
    };
    await expect(analyseCorpus(many)).rejects.toEqual(withCode('BAD_OPTION'));
  });

  test('goes on where it was: states of unchanged files are not made again, damaged ones are', async () => {
    const output = fresh();
    const options = { sets: [{ name: 'ours', inputs: [corpus] }], output };
    const report = await analyseCorpus(options);
    const state = (name: string): string =>
      join(output, '.toedit-analysis/states/ours', `${name}.json.gz`);
    const before = ['a.jsonl', 'b.jsonl', 'below/c.jsonl'].map((name) => statSync(state(name)).ino);
    writeFileSync(state('a.jsonl'), readFileSync(state('a.jsonl')).subarray(0, 99));
    await expect(mergeAnalyses({ from: [output] })).rejects.toEqual(withCode('FILE_CORRUPT'));
    const added = readFileSync(join(corpus, 'b.jsonl'));
    writeFileSync(join(corpus, 'b.jsonl'), `${added.toString()}{"text":"one more"}\n`);
    const again = await analyseCorpus(options);
    const after = ['a.jsonl', 'b.jsonl', 'below/c.jsonl'].map((name) => statSync(state(name)).ino);
    expect(after.map((inode, at) => inode === before[at])).toEqual([false, false, true]);
    expect(again.sets[0]?.rows).toBe(181);
    writeFileSync(join(corpus, 'b.jsonl'), added);
    expect(await analyseCorpus(options)).toEqual(report);
  });

  test('refuses what is of another definition, and writes nothing', async () => {
    const [one, other, merged] = [fresh(), fresh(), fresh()];
    const ours = [{ name: 'ours', inputs: [corpus] }];
    await analyseCorpus({ sets: ours, output: one });
    await analyseCorpus({ sets: ours, output: other, limit: 3 });
    const conflict = withCode('MANIFEST_CONFLICT');
    await expect(mergeAnalyses({ from: [one, other], output: merged })).rejects.toEqual(conflict);
    expect(existsSync(merged)).toBe(false);
    const kept = readFileSync(join(one, 'analysis.json'));
    await expect(analyseCorpus({ sets: ours, output: one, limit: 3 })).rejects.toEqual(conflict);
    expect(readFileSync(join(one, 'analysis.json'))).toEqual(kept);
    const part = fresh();
    await analyseCorpus({ sets: ours, output: part, shard: { index: 0, count: 2 } });
    await expect(mergeAnalyses({ from: [part], output: merged })).rejects.toEqual(conflict);
    await expect(mergeAnalyses({ from: [corpus], output: merged })).rejects.toEqual(
      withCode('MANIFEST_MISSING'),
    );
    expect(existsSync(merged)).toBe(false);
  });

  test('what it keeps among the data is no data', async () => {
    const among = join(directory, 'among');
    mkdirSync(among);
    writeFileSync(join(among, 'one.jsonl'), '{"text":"one"}\n');
    const mine = [{ name: 'mine', inputs: [among] }];
    const report = await analyseCorpus({ sets: mine });
    expect(await analyseCorpus({ sets: mine, output: join(among, 'kept') })).toEqual(report);
    expect(await analyseCorpus({ sets: mine })).toEqual(report);
  });

  test('a file that is damaged is in no number, and named; merged, too', async () => {
    const bad = join(directory, 'bad');
    mkdirSync(bad);
    writeFileSync(join(bad, 'good.jsonl'), '{"text":"good"}\n');
    writeFileSync(
      join(bad, 'cut.parquet'),
      readFileSync(join(sample, 'books.parquet')).subarray(0, 5000),
    );
    const output = fresh();
    const report = await analyseCorpus({ sets: [{ name: 'bad', inputs: [bad] }], output });
    expect(report.failed).toMatchObject([{ set: 'bad', code: 'FILE_CORRUPT' }]);
    expect(report.sets[0]).toMatchObject({ files: 1, rows: 1 });
    expect(await mergeAnalyses({ from: [output] })).toEqual(report);
  });

  test('of a score run: the texts that were scored, and the probabilities that sweep sees', async () => {
    const scored = fresh();
    await scoreCorpus({ inputs: [sample], output: scored, limit: 2, candidates: 2 });
    const [set] = (await analyseCorpus({ sets: [{ name: 'scored', inputs: [scored] }] })).sets;
    const [texts] = (await analyseCorpus({ sets: [{ name: 'texts', inputs: [sample] }], limit: 2 }))
      .sets;
    expect(set?.features).toEqual(texts?.features);
    const sweep = await sweepCorpus({ inputs: [scored], topKs: [2] });
    expect(set?.scores).toMatchObject({
      documents: sweep.documents,
      tokens: sweep.tokens,
      histogram: sweep.probabilityHistogram,
    });
    expect(set?.scores?.meanLogprob).toBeCloseTo(sweep.meanLogprob, 5);
    expect(set?.scores?.worst).toHaveLength(6);
    const grouped = analyseCorpus({
      sets: [{ name: 'scored', inputs: [scored] }],
      groupBy: 'source',
    });
    await expect(grouped).rejects.toEqual(withCode('BAD_OPTION'));
  });
});

test.skipIf(process.platform !== 'linux')(
  'a file whose name is not UTF-8 is named as one that failed',
  async () => {
    const odd = join(directory, 'odd');
    mkdirSync(odd);
    writeFileSync(join(odd, 'good.jsonl'), '{"text":"good"}\n');
    const name = Buffer.concat([Buffer.from(`${odd}/caf`), Buffer.of(0xe9), Buffer.from('.jsonl')]);
    writeFileSync(name, '{"text":"odd"}\n');
    const report = await analyseCorpus({ sets: [{ name: 'odd', inputs: [odd] }] });
    expect(report.failed).toMatchObject([{ code: 'FILE_CORRUPT' }]);
    expect(report.sets[0]).toMatchObject({ files: 1, rows: 1 });
  },
);
