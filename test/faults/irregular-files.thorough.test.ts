import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDirectory } from '#toedit/src/files/commit-file';
import { openRegular, readRegular } from '#toedit/src/files/open-regular';
import { runToedit } from '../cli/run-toedit.ts';
import { fixtureModel, openFixture } from '../fixture-models.ts';
import { root } from '../sandbox.ts';

/** What is no file neither keeps a run waiting nor is read without end. */
let directory: string;
const at = (name: string): string => join(directory, name);
const makePipe = (name: string): void => void execFileSync('mkfifo', [at(name)]);
const edit = (input: string, ...flags: string[]) =>
  runToedit(['edit', input, '-o', 'out', ...flags], directory);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-irregular-'));
  makePipe('pipe.jsonl');
  writeFileSync(at('small.jsonl'), '{"text":"the sun"}\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  ['pipe.jsonl', 'a pipe'],
  ['/dev/zero', 'a device'],
  ['/dev/stdin', 'a stream of this process'],
])('%s as an input is refused by name', async (input, kind) => {
  const { code, stderr } = await edit(input);
  expect(code).toBe(2);
  expect(stderr).toContain(`${input} is ${kind}, not a regular file`);
});

test('below a directory a pipe is left out with a reason', async () => {
  mkdirSync(at('corpus'));
  makePipe('corpus/pipe.jsonl');
  copyFileSync(at('small.jsonl'), at('corpus/small.jsonl'));
  const { code, stdout } = await runToedit(['edit', 'corpus', '-o', 'left', '--json'], directory);
  expect(code).toBe(0);
  expect(stdout).toContain('not a regular file');
});

test.each(['config.json', 'tokenizer.json'])(
  'a model whose %s is none is refused',
  async (file) => {
    for (const kind of ['pipe', 'device']) {
      const model = `${kind}-${file}`;
      cpSync(join(root, 'models/tiny'), at(model), { recursive: true });
      rmSync(at(`${model}/${file}`));
      if (kind === 'pipe') makePipe(`${model}/${file}`);
      else symlinkSync('/dev/zero', at(`${model}/${file}`));
      const { code, stderr } = await edit('small.jsonl', '--model', model);
      expect(code).toBe(2);
      expect(stderr).toContain(`${file}: the file is a ${kind}, not a regular file`);
    }
  },
);

test.each(['pipe', 'device'])(
  'external data that is a %s is refused, and not linked',
  async (kind) => {
    mkdirSync(at(`external-${kind}`));
    const path = at(`external-${kind}/external.onnx`);
    copyFileSync(fixtureModel('external'), path);
    if (kind === 'pipe') makePipe('external-pipe/external.onnx_data');
    else symlinkSync('/dev/zero', at('external-device/external.onnx_data'));
    await expect(openFixture(path)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(`external.onnx_data is a ${kind}, not a regular file`),
    });
  },
);

test('a manifest that is a pipe is none', async () => {
  mkdirSync(at('run/.toedit'), { recursive: true });
  makePipe('run/.toedit/manifest.jsonl');
  for (const command of [
    ['run', 'run'],
    ['status', 'run'],
    ['verify', 'run'],
    ['edit', 'small.jsonl', '-o', 'run'],
  ]) {
    const { code, stderr } = await runToedit(command, directory);
    expect(code).toBe(2);
    expect(stderr).toContain('manifest.jsonl is a pipe, not a regular file');
  }
});

test('a directory that can never be made is an error, not a wait', async () => {
  const args = ['edit', 'small.jsonl', '-o', '/proc/none/run', '--quiet'];
  const { stderr } = await runToedit(args, directory);
  expect(stderr).toContain('cannot write /proc/none/run');
  await expect(makeDirectory('/proc/none/below')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(makeDirectory(at('small.jsonl/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await makeDirectory(at('some/more/directories'));
  await makeDirectory(at('some/more/directories'));
});

test('files are read whole, pipes not at all', async () => {
  expect(String(await readRegular(at('small.jsonl')))).toBe('{"text":"the sun"}\n');
  await expect(openRegular(at('pipe.jsonl'))).rejects.toThrow('is a pipe');
});
