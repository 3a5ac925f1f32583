import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type Outcome, runToedit } from '../cli/run-toedit.ts';
import { corpusLines } from './fault-sandbox.ts';

let directory: string;
const directories: string[] = [];
const lines = corpusLines('a', 20);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-outside-'));
  directories.push(directory);
  mkdirSync(join(directory, 'corpus/sub'), { recursive: true });
  writeFileSync(at('corpus/a.jsonl'), lines);
  writeFileSync(at('corpus/sub/b.jsonl'), lines);
  mkdirSync(at('elsewhere/sub'), { recursive: true });
  writeFileSync(at('elsewhere/victim.jsonl'), 'precious\n');
  writeFileSync(at('elsewhere/sub/b.jsonl'), 'precious\n');
});
afterAll(() => {
  for (const each of directories) rmSync(each, { recursive: true });
});

const at = (path: string): string => join(directory, path);
const toedit = (...args: string[]): Promise<Outcome> =>
  runToedit([...args, '--threads', '1'], directory);
const edit = (...args: string[]): Promise<Outcome> =>
  toedit('edit', 'corpus', '--threshold', '0.01', ...args);

function expectUntouched(): void {
  expect(readFileSync(at('corpus/a.jsonl'), 'utf8')).toBe(lines);
  expect(readFileSync(at('corpus/sub/b.jsonl'), 'utf8')).toBe(lines);
  expect(readFileSync(at('elsewhere/victim.jsonl'), 'utf8')).toBe('precious\n');
  expect(readFileSync(at('elsewhere/sub/b.jsonl'), 'utf8')).toBe('precious\n');
}

describe('an output that is an input by another path is refused', () => {
  test.each([
    ['a link to the input directory', () => symlinkSync('corpus', at('out')), 'out'],
    ['a link to the directory above', () => symlinkSync('.', at('up')), 'up/corpus'],
    ['a directory in which links lead to the inputs', linkedInputs, 'out'],
  ])('%s', async (_, prepare, output) => {
    prepare();
    const { code, stderr } = await edit('-o', output, '--overwrite');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/input|itself/),
    });
    expectUntouched();
  });

  function linkedInputs(): void {
    mkdirSync(at('out'));
    symlinkSync('../corpus/sub', at('out/sub'));
  }
});

describe('a link in the output directory is not followed', () => {
  test('a linked directory', async () => {
    mkdirSync(at('out'));
    symlinkSync('../elsewhere/sub', at('out/sub'));
    const { code, stderr } = await edit('-o', 'out', '--overwrite');
    expect(code).toBe(3);
    expect(stderr).toMatch(/outside .*out: a link leads there/);
    expectUntouched();
    expect(readFileSync(at('out/a.jsonl'), 'utf8')).not.toBe(lines);
  });

  test('a linked file is replaced, not written to', async () => {
    mkdirSync(at('out'));
    symlinkSync('../elsewhere/victim.jsonl', at('out/a.jsonl'));
    expect((await edit('-o', 'out', '--overwrite')).code).toBe(0);
    expectUntouched();
    expect(lstatSync(at('out/a.jsonl')).isSymbolicLink()).toBe(false);
  });

  test('a linked directory of state, or of dead letters', async () => {
    mkdirSync(at('out'));
    symlinkSync('../elsewhere', at('out/.toedit'));
    expect((await edit('-o', 'out')).code).toBe(2);
    expectUntouched();
    expect(() => lstatSync(at('elsewhere/manifest.jsonl'))).toThrow('ENOENT');
  });

  test('an output directory that is a link itself is written to', async () => {
    mkdirSync(at('real'));
    symlinkSync('real', at('out'));
    expect((await edit('-o', 'out')).code).toBe(0);
    expect(readFileSync(at('real/sub/b.jsonl'), 'utf8')).not.toBe(lines);
  });
});

describe('a manifest that was tampered with, its checksum computed anew', () => {
  test.each([
    '../elsewhere/victim.jsonl',
    '/tmp/victim.jsonl',
    '.toedit/manifest.jsonl',
    'a/../../b',
  ])('relativePath %s', async (relativePath) => {
    expect((await toedit('plan', 'corpus', '-o', 'out')).code).toBe(0);
    tamper((manifest) =>
      manifest.replace('"relativePath":"a.jsonl"', `"relativePath":"${relativePath}"`),
    );
    const { code, stderr } = await toedit('run', 'out');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('leads out of'),
    });
    expectUntouched();
  });

  function tamper(change: (manifest: string) => string): void {
    const path = at('out/.toedit/manifest.jsonl');
    const changed = change(readFileSync(path, 'utf8'));
    const end = changed.lastIndexOf('{"end"');
    const sha256 = createHash('sha256').update(changed.slice(0, end)).digest('hex');
    writeFileSync(path, changed.slice(0, end) + changed.slice(end).replace(/[0-9a-f]{64}/, sha256));
  }
});
