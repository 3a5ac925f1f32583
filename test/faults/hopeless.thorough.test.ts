import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, runToedit } from '../cli/run-toedit.ts';
import { root } from '../sandbox.ts';
import { corpusLines } from './fault-sandbox.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-hopeless-'));
  mkdirSync(at('corpus'));
  writeFileSync(at('corpus/a.jsonl'), corpusLines('a', 5));
  writeFileSync(at('file'), '');
});
afterAll(() => rmSync(directory, { recursive: true }));

const at = (path: string): string => join(directory, path);

/** No hint to run the same command again. */
const hopeless = expect.not.stringContaining('again to') as string;

describe('an output that no run can write to is the request at fault', () => {
  test.each([
    ['a file', 'file', /output is .*: that is a file; choose a directory/],
    ['below a file', 'file/out', /output is .*ENOTDIR/],
    ['a name too long', 'x'.repeat(300), /output is .*ENAMETOOLONG/],
  ])('%s', async (_, output, message) => {
    const outcome = await runToedit(['edit', 'corpus', '-o', output], directory);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    expect(outcome.stderr).toEqual(hopeless);
  });
});

/** Root may touch everything: it becomes another user, if that one can read the program. */
const main = join(root, 'dist/src/cli/main.js');
const user = ['--reuid=65534', '--regid=65534', '--clear-groups'];
const canBecomeOther = spawnSync('setpriv', [...user, 'test', '-r', main]).status === 0;
if (!canBecomeOther) console.warn('skipped: no other user who can read the program (setpriv)');

/** The command line as a user who owns nothing here. */
async function asNobody(args: readonly string[]): Promise<Outcome> {
  const options = { cwd: directory, env: { HOME: at('home') } };
  const child = spawn('setpriv', [...user, process.execPath, main, ...args], options);
  const done = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  const [[code], stdout, stderr] = await done;
  return { code: code as number, stdout, stderr };
}

describe.skipIf(!canBecomeOther)('what this user may not touch', () => {
  beforeAll(() => {
    chmodSync(directory, 0o755);
    for (const name of ['home', 'open']) {
      mkdirSync(at(name));
      chmodSync(at(name), 0o777);
    }
    writeFileSync(at('corpus/b.jsonl'), corpusLines('b', 5), { mode: 0o600 });
  });

  test('an output directory', async () => {
    const outcome = await asNobody(['edit', 'corpus/a.jsonl', '-o', 'mine']);
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/output is .*EACCES/),
    });
    expect(outcome.stderr).toEqual(hopeless);
  });

  test('an input is bad, and the others are done', async () => {
    const outcome = await asNobody(['edit', 'corpus', '-o', 'open/out', '--threads', '1']);
    expect(outcome).toMatchObject({ code: 3, stderr: expect.stringMatching(/b\.jsonl.*EACCES/) });
    expect(outcome.stderr).toEqual(hopeless);
    expect(outcome.stdout).toContain('5 rows');
  });
});
