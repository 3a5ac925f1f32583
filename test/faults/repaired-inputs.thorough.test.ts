import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type Outcome, runToedit } from '../cli/run-toedit.ts';
import { corpusLines } from './fault-sandbox.ts';

/** `good.jsonl`, and `bad.jsonl.gz`, which is cut off; `bad-whole.gz` beside them is what it should be. */
let directory: string;
const directories: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-repaired-'));
  directories.push(directory);
  mkdirSync(join(directory, 'corpus'));
  const whole = gzipSync(corpusLines('x', 40));
  writeFileSync(join(directory, 'bad-whole.gz'), whole);
  writeFileSync(bad(), whole.subarray(0, whole.length - 60));
  writeFileSync(join(directory, 'corpus/good.jsonl'), corpusLines('g', 20));
});
afterAll(() => {
  for (const each of directories) rmSync(each, { recursive: true });
});

const bad = (): string => join(directory, 'corpus/bad.jsonl.gz');
const toedit = (...args: string[]): Promise<Outcome> => runToedit(args, directory);
const edit = (): Promise<Outcome> =>
  toedit('edit', 'corpus', '--threshold', '0.01', '-o', 'out', '--json');

async function expectClean(outputs: number): Promise<void> {
  const verified = await toedit('verify', 'out', '--json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ outputs, problems: [] });
  expect(verified.code).toBe(0);
}

const ways: readonly (readonly [string, () => Promise<Outcome>])[] = [
  ['retry', () => toedit('retry', 'out', '--json')],
  ['the same command', edit],
];

describe('a file that was bad', () => {
  test.each(ways)('and was repaired is taken as it is now by %s', async (_, again) => {
    expect((await edit()).code).toBe(3);
    cpSync(join(directory, 'bad-whole.gz'), bad());
    const retried = await again();
    expect(retried).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(retried.stdout)).toMatchObject({ rows: 60, tasks: { done: 2, bad: 0 } });
    await expectClean(2);
    // A run of its own, on the corpus as it is now, gives the same bytes.
    const args = ['edit', 'corpus', '--threshold', '0.01', '-o', 'fresh'];
    expect((await toedit(...args)).code).toBe(0);
    for (const name of ['bad.jsonl.gz', 'good.jsonl']) {
      const [one, two] = ['out', 'fresh'].map((run) => readFileSync(join(directory, run, name)));
      expect(one).toEqual(two);
    }
    // From now on it is that: the same command has nothing to do.
    const last = await edit();
    expect(last.code).toBe(0);
    expect(JSON.parse(last.stdout)).toMatchObject({ rows: 60, tokensHere: 0 });
  });

  test('and is what it was is not tried again by the same command', async () => {
    expect((await edit()).code).toBe(3);
    const again = await edit();
    expect(again.code).toBe(3);
    expect(JSON.parse(again.stdout)).toMatchObject({ tasks: { done: 1, bad: 1 }, tokensHere: 0 });
  });

  test.each([
    ['retry', ['retry', 'out']],
    ['the same command', ['edit', 'corpus', '--threshold', '0.01', '-o', 'out']],
  ])('and was removed is left out by %s, and said to be', async (_, command) => {
    expect((await edit()).code).toBe(3);
    rmSync(bad());
    const retried = await toedit(...command);
    expect(retried).toMatchObject({ code: 0, stderr: '' });
    expect(retried.stdout).toMatch(
      /left out \S*bad\.jsonl\.gz: it had failed, and was removed since\n/,
    );
    const status = await toedit('status', 'out');
    expect(status.stdout).toMatch(/left out [^\n]*bad\.jsonl\.gz: it had failed, and was removed/);
    expect(status.stdout).toMatch(/^2 of 2 files done, 100\.0 %/);
    await expectClean(1);
    expect((await toedit('run', 'out', '--quiet')).code).toBe(0);
    expect((await edit()).code).toBe(0);
    // Once it is back, it is an input again.
    cpSync(join(directory, 'bad-whole.gz'), bad());
    expect((await toedit(...command, '--quiet')).code).toBe(0);
    await expectClean(2);
  });
});

test('a file that changed before its turn fails with the way out, until retry takes it', async () => {
  const planned = await toedit('plan', 'corpus', '--threshold', '0.01', '-o', 'out', '--quiet');
  expect(planned.code).toBe(0);
  cpSync(join(directory, 'bad-whole.gz'), bad());
  for (let time = 0; time < 2; time++) {
    const { code, stderr } = await toedit('run', 'out', '--quiet');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /bad\.jsonl\.gz has changed: [^\n]*take it as it is now with toedit retry/,
    );
  }
  expect((await toedit('retry', 'out', '--quiet')).code).toBe(0);
  await expectClean(2);
});

test('a file that is done and changed stays refused', async () => {
  expect((await edit()).code).toBe(3);
  const good = join(directory, 'corpus/good.jsonl');
  renameSync(good, join(directory, 'kept'));
  writeFileSync(good, corpusLines('h', 20));
  cpSync(join(directory, 'bad-whole.gz'), bad());
  const retried = await toedit('retry', 'out', '--quiet');
  expect(retried.code).toBe(0);
  const refused = await edit();
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/content of good\.jsonl was /);
  expect(refused.stderr).not.toMatch(/toedit retry/);
  expect(existsSync(join(directory, 'out/good.jsonl'))).toBe(true);
});
