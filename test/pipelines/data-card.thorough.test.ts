import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type EditCorpusOptions,
  editCorpus,
  planCorpus,
  resampleCorpus,
  runShard,
  scoreCorpus,
  verifyRun,
} from 'toedit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isSealed } from '#toedit/src/report/card/card-seal';
import { readManifest } from '#toedit/src/run/manifest/read-manifest';
import { statePaths } from '#toedit/src/run/run-paths';
import { runToedit } from '../cli/run-toedit.ts';
import { outputsOf } from '../outputs-of.ts';
import { makeShardCorpus } from './shard-corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-card-'));
const corpus = join(directory, 'corpus');
const rule = { threshold: 0.3, excludeOriginal: true, seed: 3n } as const;

beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
});
afterAll(() => rm(directory, { recursive: true }));

let runs = 0;
const newOutput = (): string => join(directory, `out-${String(runs++)}`);
const cardOf = (output: string): string => readFileSync(join(output, 'README.md'), 'utf8');
const edit = (output: string, options: Partial<EditCorpusOptions> = {}) =>
  editCorpus({ inputs: [corpus], output, threads: 1, ...rule, ...options });

/** The outputs, but for the card. */
function filesOf(output: string): ReadonlyMap<string, string> {
  return new Map([...outputsOf(output)].filter(([name]) => name !== 'README.md'));
}

test('a run with a card is the same run, and its card is final at its end', async () => {
  const [plain, carded] = [newOutput(), newOutput()];
  await edit(plain);
  const summary = await edit(carded, { card: true });
  const [one, other] = await Promise.all(
    [plain, carded].map((output) => readManifest(statePaths(output).manifest)),
  );
  expect(one?.id).toBe(other?.id);
  expect(filesOf(carded)).toEqual(filesOf(plain));
  expect(existsSync(join(plain, 'README.md'))).toBe(false);
  const card = cardOf(carded);
  expect(card).not.toContain('In progress');
  expect(card).toContain(`| tokens | ${summary.tokens.toLocaleString('en')} |`);
  expect(card).toContain(`| tokens changed | ${summary.changed.toLocaleString('en')} (`);
  expect(card).toContain(summary.prior.modelFingerprint);
  expect(parse(card.split('---\n')[1] ?? '')).toMatchObject({ pretty_name: basename(carded) });
  expect(await verifyRun(carded)).toMatchObject({ problems: [] });
  await edit(carded);
  expect(cardOf(carded)).toBe(card);
  // A run that was begun without one is continued with one.
  await edit(plain, { card: true });
  expect(cardOf(plain)).toContain(`| tokens | ${summary.tokens.toLocaleString('en')} |`);
  expect(filesOf(plain)).toEqual(filesOf(carded));
});

test('a card goes with the run as it goes on, in any number of processes', async () => {
  const [whole, output] = [newOutput(), newOutput()];
  await edit(whole, { card: true });
  await planCorpus({ inputs: [corpus], output, ...rule, card: true });
  expect(existsSync(join(output, 'README.md'))).toBe(false);
  await runShard({ output, threads: 1, shard: { index: 0, count: 2 } });
  expect(cardOf(output)).toMatch(/\*\*In progress\.\*\* \d of 9 files are done/);
  const shards = [0, 1].map((index) =>
    runShard({ output, threads: 1, shard: { index, count: 2 } }),
  );
  await Promise.all(shards);
  const later = (card: string): string => card.replace(/[\s\S]*?^## Prior/m, '');
  const named = (card: string): string => card.replaceAll(basename(output), basename(whole));
  expect(later(named(cardOf(output)))).toBe(later(cardOf(whole)));
  expect(cardOf(output)).not.toContain('In progress');
});

test('a file that is not ours, or a card that was edited, is never replaced', async () => {
  const output = newOutput();
  mkdirSync(output);
  const path = join(output, 'README.md');
  writeFileSync(path, '# Mine\n');
  for (const options of [{ card: true }, { card: true, overwrite: true }]) {
    const refused = expect(edit(output, options)).rejects;
    await refused.toMatchObject({ code: 'OUTPUT_EXISTS' });
    await refused.toThrow(/move it away/);
  }
  const planned = planCorpus({ inputs: [corpus], output, ...rule, card: true });
  await expect(planned).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect([...outputsOf(output).keys()]).toEqual(['README.md']);
  expect(existsSync(join(output, '.toedit'))).toBe(false);
  await rm(path);
  await edit(output, { card: true, overwrite: true });
  await edit(output, { card: true, overwrite: true, seed: 4n });
  expect(cardOf(output)).toContain('seed 4');
  appendFileSync(path, 'Edited by hand.\n');
  const edited = cardOf(output);
  const notices: string[] = [];
  await edit(output, { card: true, seed: 4n, onNotice: (notice) => notices.push(notice) });
  expect(notices.join()).toContain('it is left as it is');
  await expect(edit(output, { card: true, overwrite: true })).rejects.toThrow(/move it away/);
  expect(cardOf(output)).toBe(edited);
});

test('an output in the place of the card is refused', async () => {
  const input = join(directory, 'README.md');
  await copyFile(join(corpus, 'a.jsonl'), input);
  const output = newOutput();
  const refused = expect(edit(output, { inputs: [input], card: true })).rejects;
  await refused.toMatchObject({ code: 'BAD_OPTION' });
  expect(existsSync(output)).toBe(false);
  await edit(output, { inputs: [input] });
});

test('scores and resampled corpora have cards, and the command of each makes the bytes again', async () => {
  const [scored, resampled] = [join(directory, "it's `scored`"), newOutput()];
  const kept = { candidates: 8, candidateThreshold: 0.2, card: true } as const;
  await scoreCorpus({ inputs: [corpus], output: scored, threads: 1, limit: 30, ...kept });
  await resampleCorpus({ scored, output: resampled, ...rule, report: true, card: true });
  expect(cardOf(resampled)).toContain('edited from scores');
  for (const output of [scored, resampled]) {
    expect(isSealed(cardOf(output))).toBe(true);
    const command = /^`{3}sh\n(toedit (?:edit|score) .*)$/m.exec(cardOf(output))?.[1] ?? '';
    const again = newOutput();
    const words = command
      .split(/ --output (?:'.*'|\S+)/)
      .join('')
      .split(' ')
      .slice(1);
    const { code } = await runToedit([...words, '--output', again], directory);
    expect(code).toBe(0);
    if (output === resampled) expect(filesOf(again)).toEqual(filesOf(output));
    expect([...filesOf(again).keys()]).toEqual([...filesOf(output).keys()]);
  }
});

test('a card is no input of a later run', async () => {
  const output = newOutput();
  await edit(output, { inputs: [join(corpus, 'a.jsonl')], card: true });
  const { files } = await edit(newOutput(), { inputs: [output] });
  const taken = files.filter(({ status }) => status !== 'skipped');
  expect(taken.map(({ input }) => input)).toEqual([join(output, 'a.jsonl')]);
});
