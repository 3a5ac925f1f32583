import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportData } from '#toedit/src/report/page/report-data';
import { runToedit } from './run-toedit.ts';

const hostileName = '<img src=x onerror=alert(1)>.jsonl';
const hostileColumn = '"><script>alert(2)</script>';
const hostileText =
  'He said <script>alert(3)</script> to the other man, and the other man said it to him. ';

let directory = '';
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-report-'));
  mkdirSync(join(directory, 'corpus'));
  const line = JSON.stringify({ [hostileColumn]: hostileText.repeat(8) });
  writeFileSync(join(directory, 'corpus', hostileName), `${line}\n`.repeat(6));
  writeFileSync(join(directory, 'corpus/bad.parquet'), 'PAR1 no');
  const rule = ['--temperature', '3', '--threshold', '0.2', '--threads', '1', '--scores', 'all'];
  const flags = ['--text-column', hostileColumn, ...rule];
  const { code } = await runToedit(['edit', 'corpus', '--output', 'edited', ...flags], directory);
  expect(code).toBe(3);
});
afterAll(() => rmSync(directory, { recursive: true }));

const report = async (...args: readonly string[]) =>
  await runToedit(['report', ...args], directory);

test('a run is shown with its edits, its bad file and its numbers, and nothing of it is markup', async () => {
  const { code, stdout, stderr } = await report('edited');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('warning: 1 file of 2 failed');
  const page = readFileSync(join(directory, 'report.html'), 'utf8');
  const data = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as ReportData;
  expect(page).not.toMatch(/<script|<img/u);
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;.jsonl');
  expect(page).toContain('&lt;script&gt;alert(2)&lt;/script&gt;');
  expect(page).toContain('<ins>');
  const [run] = data.runs;
  expect(run?.counts.changed).toBeGreaterThan(0);
  expect(run?.histogram.before?.reduce((sum, count) => sum + count, 0)).toBe(
    run?.counts.scoredTokens,
  );
  expect(run?.problems.files.map(({ status }) => status)).toEqual(['failed']);
  expect(run?.throughput?.tokens).toBe(run?.counts.scoredTokens);
});

test('passages are made of the outputs: what stays and was removed is the text before', async () => {
  await report('edited', '--output', 'passages.html');
  const data = JSON.parse(readFileSync(join(directory, 'passages.json'), 'utf8')) as ReportData;
  const passages = data.runs[0]?.passages ?? [];
  expect(passages.length).toBeGreaterThan(3);
  const whole = hostileText.repeat(8);
  for (const { parts } of passages) {
    const before = parts.map(({ kept, removed }) => kept + removed).join('');
    expect(whole).toContain(before);
    expect(parts.map(({ kept, added }) => kept + added).join('')).not.toBe(before);
  }
});

test('outputs that were changed since, and damaged metrics, cost what they show, and no more', async () => {
  const output = join(directory, 'edited', hostileName);
  const bytes = readFileSync(output);
  const state = join(directory, 'edited/.toedit');
  const [run = ''] = readdirSync(state).filter((name) => !name.startsWith('manifest'));
  const workers = join(state, run, 'workers');
  const [metrics = ''] = readdirSync(workers).filter((name) => name.endsWith('.metrics.jsonl'));
  const kept = readFileSync(join(workers, metrics));
  writeFileSync(output, '{}\n');
  appendFileSync(
    join(workers, metrics),
    '{"at":"x"}\nnull\n{"at":"9999-01-01T00:00:00Z","seconds":"1"}\n\u0000',
  );
  const { code } = await report('edited', '--output', 'damaged.html');
  writeFileSync(output, bytes);
  writeFileSync(join(workers, metrics), kept);
  const data = JSON.parse(readFileSync(join(directory, 'damaged.json'), 'utf8')) as ReportData;
  expect(code).toBe(0);
  expect(data.runs[0]?.passages).toEqual([]);
  expect(data.runs[0]?.notes.join(' ')).toContain('are not shown');
  expect(data.runs[0]?.throughput?.seconds).toBeLessThan(600);
});

const refused: readonly (readonly [string, readonly string[], string])[] = [
  ['a directory without a run', ['corpus', '--output', 'none.html'], 'corpus'],
  [
    'a page in the output of a run',
    ['edited', '--output', 'edited/report.html'],
    'write it beside',
  ],
  ['a page of another kind', ['edited', '--output', 'report.pdf'], 'ends in .html'],
  ['a page that is there', ['edited', '--output', 'there.html'], '--overwrite'],
  [
    'a page whose JSON file is what is to be shown',
    ['mine.json', '--output', 'mine.html', '--overwrite'],
    'choose another name',
  ],
  ['nine runs', [...Array.from({ length: 9 }, () => 'edited'), '--output', 'nine.html'], '8 runs'],
];
test.each(refused)('%s is refused, and nothing written', async (_name, args, message) => {
  for (const name of ['there.html', 'mine.json']) writeFileSync(join(directory, name), 'mine');
  const before = readdirSync(directory);
  const { code, stderr } = await report(...args);
  expect({ code, isSaid: stderr.includes(message) }).toEqual({ code: 2, isSaid: true });
  expect(readdirSync(directory)).toEqual(before);
  expect(readFileSync(join(directory, 'there.html'), 'utf8')).toBe('mine');
});

test('a run that was edited from scores compares settings, its own among them', async () => {
  const flags = ['--text-column', hostileColumn, '--threads', '1'];
  const scores = ['--candidates', '8', '--candidate-threshold', '0.2'];
  await runToedit(
    ['score', `corpus/${hostileName}`, '--output', 'scored', ...scores, ...flags],
    directory,
  );
  await runToedit(
    ['resample', 'scored', '--output', 'again', '--temperature', '3', '--threshold', '0.2'],
    directory,
  );
  const { code } = await report('again', 'scored', '--output', 'both.html');
  const data = JSON.parse(readFileSync(join(directory, 'both.json'), 'utf8')) as ReportData;
  expect(code).toBe(0);
  const [again, scored] = data.runs;
  expect(again?.histogram.after?.setting).toMatchObject({ temperature: 3, threshold: 0.2 });
  const sumOf = (counts: readonly number[] = []): number =>
    counts.reduce((sum, count) => sum + count, 0);
  expect(sumOf(again?.histogram.after?.counts)).toBeCloseTo(
    sumOf(again?.histogram.before ?? []),
    6,
  );
  expect(scored?.sweep?.settings.length).toBeGreaterThan(0);
  expect(scored?.rule).toBeNull();
});

/** Leaves a compared and a grouped analysis, and a selection. */
async function measure(): Promise<void> {
  const column = ['--text-column', hostileColumn];
  await runToedit(
    [
      ...['score', `corpus/${hostileName}`, '--output', 'measured', '--overwrite'],
      ...['--candidates', '8', '--threads', '1', ...column],
    ],
    directory,
  );
  const lines = ['<b>', 'two', 'two'].map((group) =>
    JSON.stringify({ [hostileColumn]: `${hostileText} ${group}`, group }),
  );
  writeFileSync(join(directory, 'groups.jsonl'), lines.join('\n'));
  const analyse = async (...args: readonly string[]) =>
    await runToedit(['analyse', ...args, ...column], directory);
  await analyse('--as', 'human=measured', '--as', 'again=measured', '--output', 'compared');
  await analyse('groups.jsonl', '--group-by', 'group', '--output', 'grouped');
  const { stdout } = await runToedit(
    [
      ...['select', 'dsir', '--target', 'groups.jsonl', '--from', 'groups.jsonl', '--rows', '2'],
      ...['--output', 'selected', '--json', ...column],
    ],
    directory,
  );
  writeFileSync(join(directory, 'selection.json'), stdout);
}

test('an analysis is shown with its groups and documents, a selection with its weights, and nothing of them is markup', async () => {
  await measure();
  const inputs = ['compared', 'grouped', 'selection.json'];
  const { code, stderr } = await report(...inputs, '--output', 'measured.html');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const page = readFileSync(join(directory, 'measured.html'), 'utf8');
  const data = JSON.parse(readFileSync(join(directory, 'measured.json'), 'utf8')) as ReportData;
  expect(page).not.toMatch(/<script|<img|<b>/u);
  expect(page).toContain('of human with the highest and the lowest perplexity');
  expect(data.analyses[0]?.sets).toMatchObject([
    { name: 'human', scores: { documents: 6, worst: [{ file: hostileName }, {}, {}, {}, {}] } },
    { name: 'again', scores: { documents: 6 } },
  ]);
  expect(data.analyses[0]?.comparisons).toMatchObject([
    { set: 'again', wasserstein: 0, perplexityJensenShannon: 0 },
  ]);
  expect(data.analyses[1]?.sets).toMatchObject([
    {
      groups: [
        { name: 'two', rows: 2 },
        { name: '<b>', rows: 1 },
      ],
    },
  ]);
  const [selection] = data.selections;
  const sumOf = (counts: readonly number[] = []): number => counts.reduce((a, b) => a + b, 0);
  expect(selection).toMatchObject({ candidates: 3, selected: 2 });
  expect(sumOf(selection?.logWeights?.candidates)).toBe(3);
  expect(sumOf(selection?.logWeights?.selected)).toBe(2);
});

test('a file that is neither an analysis nor a selection is refused', async () => {
  for (const text of ['{"method":"dsir"}', '{"sets":1}', 'no', '[]', 'null']) {
    writeFileSync(join(directory, 'other.json'), text);
    const { code, stderr } = await report('other.json', '--output', 'unread.html');
    expect({ code, isSaid: stderr.includes('neither a run nor an analysis') }).toEqual({
      ...{ code: 3, isSaid: true },
    });
  }
});
