import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, runToedit } from '../cli/run-toedit.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-odd-lines-'));
  mkdirSync(at('in'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const at = (path: string): string => join(directory, path);
let runs = 0;

/** Edits one file of these lines: what it printed, and the output. */
async function edit(lines: string | Buffer, ...flags: string[]) {
  const name = `${String(runs++)}.jsonl`;
  writeFileSync(at(`in/${name}`), lines);
  const output = `out-${name}`;
  const args = ['edit', `in/${name}`, '-o', output, '--json', '--threads', '1', ...flags];
  const outcome: Outcome = await runToedit(args, directory);
  const read = (): string => readFileSync(at(`${output}/${name}`), 'utf8');
  const summary = (): { passed: Record<string, number>; rows: number } =>
    JSON.parse(outcome.stdout) as never;
  return {
    ...outcome,
    read,
    summary,
    deadLetters: () => readFileSync(at(`${output}/.dead-letters/${name}`), 'utf8'),
  };
}

const good = '{"text": "one two three"}\n';

describe('a line that is no JSON object', () => {
  const bad = '{"text": "cut of\n';

  test('passes byte for byte, and is counted', async () => {
    const { code, read, summary } = await edit(good + bad + good);
    expect(code).toBe(0);
    expect(read()).toContain(bad);
    expect(summary()).toMatchObject({ rows: 3, passed: { not_json: 1, null_text: 0 } });
  });

  test('is set aside as it is', async () => {
    const flags = ['--on-bad-row', 'dead-letter', '--max-dead-letters', '1'];
    const { code, read, deadLetters } = await edit(good + bad + good, ...flags);
    expect(code).toBe(0);
    expect(read()).not.toContain(bad);
    expect(deadLetters()).toBe(bad);
  });

  test('fails its file where it is asked to, with its line', async () => {
    const { code, stderr } = await edit(good + bad + good, '--on-bad-row', 'fail');
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('line 2') as string,
    });
  });
});

test.each(['NaN', 'Infinity', '-Infinity', '[1, NaN]', '{"a": -Infinity}'])(
  '%s beside the text passes byte for byte',
  async (value) => {
    const line = `{"x": ${value}, "text": "one two three"}\n`;
    const { code, read, summary } = await edit(line);
    expect([code, read(), summary().passed]).toMatchObject([0, line, { not_json: 0 }]);
  },
);

test('a field that appears late is found', async () => {
  const lines = '{"other": 1}\n'.repeat(5000) + good;
  const { code, summary } = await edit(lines);
  expect([code, summary()]).toMatchObject([0, { rows: 5001, passed: { null_text: 5000 } }]);
});

test('a field that is nowhere is the request at fault', async () => {
  const { code, stderr } = await edit(good, '--text-column', 'body');
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"body"') as string,
  });
});

test.each([
  ['arrays', '{"text": ["a"]}\n'.repeat(3), { not_text: 3 }],
  ['a number', '{"text": 5}\n', { not_text: 1 }],
  ['Latin-1', Buffer.from('{"text": "caf\xe9"}\n', 'latin1'), { invalid_utf8: 1 }],
  ['null', '{"text": null}\n', { null_text: 1 }],
])('where no row has a text but %s, nothing was done: exit code 3', async (_, lines, passed) => {
  const { code, stderr, summary } = await edit(lines);
  expect(code).toBe(3);
  expect(stderr).toContain('no text was found in');
  expect(summary().passed).toMatchObject(passed);
});
