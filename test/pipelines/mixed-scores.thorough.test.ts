import { existsSync, mkdtempSync } from 'node:fs';
import { copyFile, cp, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyseCorpus, mergeAnalyses, resampleCorpus, scoreCorpus, sweepCorpus } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runDirectory } from '../run-directory.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-mixed-scores-'));
const at = (name: string): string => join(directory, name);
const kept = { candidates: 8, candidateThreshold: 0.2, threads: 1 } as const;

/** A run over `a` and `b`; and one over `c` that differs in what `other` says. */
beforeAll(async () => {
  await mkdir(at('corpus'));
  const line = (text: string): string => `${JSON.stringify({ text })}\n`;
  await writeFile(at('corpus/a.jsonl'), line('the old man and the sea').repeat(9));
  await writeFile(at('corpus/b.jsonl'), line('it was the best of times').repeat(9));
  await writeFile(at('c.jsonl'), line('and the rest of the story'));
  await scoreCorpus({ inputs: [at('corpus')], output: at('scored'), ...kept });
  await scoreCorpus({ inputs: [at('c.jsonl')], output: at('other'), ...kept, windowTokens: 64 });
});
afterAll(() => rm(directory, { recursive: true }));

const analysed = (inputs: readonly string[], output: string) =>
  analyseCorpus({ sets: [{ name: 'ours', inputs }], output });

describe('score files that are not as their run left them', () => {
  test('are named, and in no number: one cut, one of another input, one of another run', async () => {
    const whole = await sweepCorpus({ inputs: [at('scored')], topKs: [8] });
    expect(whole.documents).toBe(18);
    const file = (name: string): string => at(`mixed/${name}.jsonl.scores.arrow`);
    const spoil: readonly (readonly [what: string, how: () => Promise<void>])[] = [
      [
        'is damaged: it is cut short: it does not end with its footer; score the corpus again',
        () => truncate(file('a'), 700),
      ],
      ['of another input', () => copyFile(file('b'), file('a'))],
      ['of another score run', () => copyFile(at('other/c.jsonl.scores.arrow'), file('a'))],
    ];
    for (const [what, how] of spoil) {
      await cp(at('scored'), at('mixed'), { recursive: true });
      await how();
      const report = await analysed([at('mixed')], at('analysed-mixed'));
      expect(report.failed).toMatchObject([{ input: file('a'), code: 'FILE_CORRUPT' }]);
      expect(report.failed[0]?.message).toContain(what);
      expect(report.sets[0]).toMatchObject({ files: 1, scores: { documents: 9 } });
      await rm(at('mixed'), { recursive: true });
    }
  });

  test('of which the tokens are another prior’s are refused by all that read them', async () => {
    const vocabulary = (run: string): string => join(runDirectory(at(run)), 'vocabulary.arrow');
    await cp(at('scored'), at('foreign'), { recursive: true });
    await copyFile(vocabulary('other'), vocabulary('foreign'));
    const reads = [
      () => analysed([at('foreign')], at('never')),
      () => sweepCorpus({ inputs: [at('foreign')], topKs: [8] }),
      () => resampleCorpus({ scored: at('foreign'), output: at('resampled') }),
    ];
    for (const read of reads) {
      await expect(read()).rejects.toThrow('vocabulary.arrow: it is of another score run');
    }
    expect(existsSync(at('never'))).toBe(false);
    expect(existsSync(at('resampled/a.jsonl'))).toBe(false);
  });
});

test('analyses of a corpus are merged where one prior scored all of it, in one way', async () => {
  await analysed([at('scored')], at('one'));
  await analysed([at('other')], at('two'));
  await analysed([at('c.jsonl')], at('texts'));
  for (const other of ['two', 'texts']) {
    const merging = mergeAnalyses({ from: [at('one'), at(other)], output: at('merged') });
    await expect(merging).rejects.toMatchObject({ code: 'MANIFEST_CONFLICT' });
    await expect(merging).rejects.toThrow('ours was not scored by one prior in one way');
  }
  expect(existsSync(at('merged'))).toBe(false);
  await scoreCorpus({ inputs: [at('c.jsonl')], output: at('same'), ...kept });
  await analysed([at('same')], at('three'));
  const merged = await mergeAnalyses({ from: [at('one'), at('three')], output: at('merged') });
  expect(merged.sets[0]).toMatchObject({ files: 3, scores: { documents: 19 } });
});
