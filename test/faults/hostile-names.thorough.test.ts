import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, runToedit } from '../cli/run-toedit.ts';
import { hasSharedFaults, sharedFaults } from '../shared-data.ts';
import { type ArchiveMember, zipArchive } from '../src/zip/zip-archive.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-hostile-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Summary {
  readonly files: readonly {
    readonly input: string;
    readonly status: string;
    readonly error?: { readonly code: string };
  }[];
  readonly tasks: Record<string, number>;
}

const edit = (input: string, output: string, ...flags: string[]): Promise<Outcome> =>
  runToedit(['edit', input, '-o', output, '--threads', '1', '--json', ...flags], directory);

const summaryOf = ({ stdout }: Outcome): Summary => JSON.parse(stdout) as Summary;

/** By input, sorted: what the same command is to say again. */
const endsOf = (outcome: Outcome) =>
  summaryOf(outcome)
    .files.map(({ input, status, error }) => [input, status, error?.code])
    .toSorted();

const line = Buffer.from('{"text":"the sun"}\n');

/** A directory with good files beside what is put there. */
function corpus(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  mkdirSync(join(directory, name));
  for (const good of ['a.jsonl', 'z.jsonl']) writeFileSync(join(directory, name, good), line);
  for (const [file, bytes] of Object.entries(files))
    writeFileSync(join(directory, name, file), bytes);
  return name;
}

/** Runs it twice: the good files are done, the bad ones named, and the second run says the same. */
async function expectRestDone(input: string, ...flags: string[]): Promise<Outcome> {
  const before = readdirSync(directory);
  const first = await edit(input, `${input}-out`, ...flags);
  expect([first.code, summaryOf(first).tasks['failed']]).toEqual([3, 0]);
  for (const good of ['a.jsonl', 'z.jsonl']) {
    expect(readFileSync(join(directory, `${input}-out`, good))).toEqual(line);
  }
  const second = await edit(input, `${input}-out`, ...flags);
  expect(second.code).toBe(3);
  expect(endsOf(second)).toEqual(endsOf(first));
  expect(readdirSync(directory).toSorted()).toEqual([...before, `${input}-out`].toSorted());
  return first;
}

describe.skipIf(!hasSharedFaults)('archives with names that no file system takes', () => {
  test('fail alone', async () => {
    const names = ['zip-empty-name.zip', 'zip-nul-in-name.zip', 'zip-name-too-long.zip'];
    const files = names.map((name) => [name, readFileSync(`${sharedFaults}${name}`)]);
    const outcome = await expectRestDone(corpus('shared', Object.fromEntries(files)));
    const bad = summaryOf(outcome).files.filter(({ status }) => status === 'failed');
    expect(bad.map(({ error }) => error?.code)).toEqual(names.map(() => 'FILE_CORRUPT'));
  });
});

test('whatever the names of members, the others and the other files are done', async () => {
  const part = fc.oneof(
    fc.constantFrom('', '.', '..', 'a', 'b', 'A', '.toedit', 'x'.repeat(250), 'x'.repeat(256)),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  const name = fc.oneof(
    fc.array(part, { maxLength: 4 }).map((parts) => Buffer.from(parts.join('/'))),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    fc.constant(Buffer.from('d/'.repeat(1800))),
  );
  const member = name.map((nameBytes): ArchiveMember => ({ name: '', nameBytes, bytes: line }));
  const archives = fc.sample(fc.array(member, { minLength: 1, maxLength: 12 }), {
    numRuns: 40,
    seed: 13,
  });
  const good = { name: 'good/é 1.jsonl', bytes: line };
  const bad = { name: '../out.jsonl', bytes: line };
  const files = archives.map((members, index) => [
    `n${index}.zip`,
    zipArchive([bad, ...members, good]),
  ]);
  const input = corpus('made', Object.fromEntries(files));
  await expectRestDone(input);
  for (const index of archives.keys()) {
    const output = join(directory, `${input}-out`, `n${index}.zip`, good.name);
    expect(readFileSync(output)).toEqual(line);
  }
});

/** A directory that nobody may write in, root included; false where this file system or user cannot make one. */
const setImmutable = (path: string, isSet: boolean): boolean =>
  spawnSync('chattr', [isSet ? '+i' : '-i', path]).status === 0;

test('a path that may not be written is the failure of its file, but ends the run where nothing may', async ({
  skip,
}) => {
  const input = corpus('locked', { 'c.zip': zipArchive([{ name: 'sub/b.jsonl', bytes: line }]) });
  const output = join(directory, 'locked-out');
  mkdirSync(join(output, 'c.zip/sub'), { recursive: true });
  expect(
    (await runToedit(['plan', input, '-o', 'locked-out', '--overwrite'], directory)).code,
  ).toBe(0);
  const run = () => runToedit(['run', 'locked-out', '--threads', '1', '--json'], directory);
  if (!setImmutable(join(output, 'c.zip/sub'), true)) skip('chattr +i does not work here');
  try {
    const one = await run();
    expect([one.code, summaryOf(one).tasks]).toEqual([
      1,
      expect.objectContaining({ done: 2, failed: 1 }),
    ]);
    expect(one.stderr).toMatch(/cannot write [^\n]*sub\/b\.jsonl: E(?:PERM|ACCES)/);
    setImmutable(output, true);
    const all = await run();
    expect(all.code).toBe(1);
    expect(JSON.parse(all.stdout)).toMatchObject({ error: { code: 'WRITE_FAILED' } });
  } finally {
    setImmutable(output, false);
    setImmutable(join(output, 'c.zip/sub'), false);
  }
  expect((await run()).code).toBe(0);
});

test('no command prints a control character of a name', async () => {
  const names = [
    '\u001b[31m\u001b]0;pwned\u0007\nb.jsonl',
    '\u202e\u009b2J\u007f.jsonl',
    'bad\u001b[2J\r.jsonl',
  ];
  const members = names.map((name) => ({
    name,
    bytes: name.startsWith('bad') ? Buffer.from('{bad') : line,
  }));
  const files = {
    'n.zip': zipArchive(members),
    ...Object.fromEntries(members.map(({ name, bytes }) => [name, bytes])),
  };
  const input = corpus('shown\u001b[2J\n', files);
  const output = `${input}-out`;
  const outcomes: Outcome[] = [];
  for (const args of [
    ['plan', input, '-o', output, '--on-bad-row', 'fail'],
    ['status', output],
    ['run', output, '--threads', '1'],
    ['run', output, '--verbose'],
    ['status', output],
    ['retry', output, '--threads', '1'],
    ['verify', output],
    ['submit', 'slurm', output, '--array', '2', '--dry-run'],
    ['edit', `${input}/none*`, '-o', 'none', '--verbose'],
    ['edit', input, '-o', output, '--threshold', '0.5'],
  ]) {
    outcomes.push(await runToedit(args, directory));
  }
  for (const { stdout, stderr } of outcomes) {
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/u);
  }
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 3, 3, 0, 3, 1, 2, 2, 2]);
  const shown = String.raw`shown\x1b[2J\n/n.zip/bad\x1b[2J\r.jsonl: line 1`;
  expect(outcomes[2]?.stderr).toContain(shown);
  expect(outcomes[2]?.stdout).toContain(String.raw`-out/\x1b[31m\x1b]0;pwned\x07\nb.jsonl`);
});

test("a name that is too long only with the extension of another format is that file's failure", async () => {
  const input = corpus('long', { [`${'x'.repeat(250)}.json`]: line });
  const before = await edit(input, 'long-ok');
  expect(before.code).toBe(0);
  const outcome = await edit(input, 'long-out', '--format', 'parquet');
  expect(outcome.code).toBe(3);
  expect(outcome.stderr).toMatch(
    /its output cannot have its name: [^\n]*ENAMETOOLONG[^\n]*rename the input/,
  );
  expect(summaryOf(outcome).tasks).toMatchObject({ done: 2, bad: 1, failed: 0 });
});

test('what stands in the way of one output is no fault of the others', async () => {
  const input = corpus('clash', {
    'c.zip': zipArchive([
      { name: 'sub/b.jsonl', bytes: line },
      { name: 'd.jsonl', bytes: line },
    ]),
  });
  mkdirSync(join(directory, 'clash-out/c.zip/d.jsonl'), { recursive: true });
  writeFileSync(join(directory, 'clash-out/c.zip/sub'), 'a file');
  const refused = await edit(input, 'clash-out');
  expect(refused.code).toBe(2);
  const outcome = await edit(input, 'clash-out', '--overwrite');
  expect([outcome.code, summaryOf(outcome).tasks]).toEqual([
    3,
    expect.objectContaining({ done: 2, bad: 1 }),
  ]);
  expect(outcome.stderr).toMatch(/c\.zip\/sub\/b\.jsonl: its output cannot have its name/);
  expect(outcome.stderr).toMatch(/c\.zip\/d\.jsonl: its output cannot have its name/);
  expect(existsSync(join(directory, 'clash-out/a.jsonl'))).toBe(true);
});
