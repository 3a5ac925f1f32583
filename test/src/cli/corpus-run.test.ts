import { Command } from 'commander';
import { expect, test } from 'vitest';
import { runCommand } from '#toedit/src/cli/command-line';
import { addCorpusFlags, corpusRequest } from '#toedit/src/cli/corpus-flags';
import { corpusRun } from '#toedit/src/cli/corpus-run';
import { ToeditError } from '#toedit/src/errors';
import type { RunSummary } from '#toedit/src/metrics/summary';
import { sampleFailure, sampleSuccess, sampleSummary } from '../report/sample-summary.ts';
import { captureStreams } from './capture-streams.ts';

const allDone: RunSummary = {
  ...sampleSummary,
  files: sampleSummary.files.slice(0, 1),
  tasks: { ...sampleSummary.tasks, total: 1, bad: 0 },
};

/** Runs a command that makes a run, of which this comes. */
async function run(
  args: string,
  outcome: RunSummary | Error = allDone,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const streams = captureStreams();
  const work = async (): Promise<RunSummary> => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  let code = -1;
  const command = addCorpusFlags(new Command()).action(async (...given) => {
    const { options, settings } = corpusRequest(...(given as Parameters<typeof corpusRequest>));
    code = await runCommand(corpusRun(work, settings, options), settings, { ...streams, env: {} });
  });
  await command.parseAsync(args.split(' '), { from: 'user' });
  return { code, stdout: streams.stdout.written.join(''), stderr: streams.stderr.written.join('') };
}

test('a finished run exits with 0 and shows its summary', async () => {
  const { code, stdout, stderr } = await run('a -o b');
  expect(code).toBe(0);
  expect(stdout).toContain('done in 23 min: 1 file, 75 rows');
  expect(stderr).toBe('');
});

test('a bad file exits with 3 and is named on one line, once', async () => {
  const { code, stdout, stderr } = await run('a -o b', sampleSummary);
  expect(code).toBe(3);
  expect(stdout).toContain('1 file (1 failed)');
  expect(stderr).toBe(
    'toedit: corpus/broken.parquet: the footer is cut off: fetch the file again\n',
  );
});

test('a missing column names the option that names it', async () => {
  const missing = (options: RunSummary['options'], name: string) => {
    const message = `a.jsonl: no field "${name}" in the first 2 rows: the fields are "x"; name one of them`;
    const file = { ...sampleFailure, input: 'a.jsonl', error: { code: 'COLUMN_MISSING', message } };
    return run('a -o b', { ...sampleSummary, options, files: [sampleSuccess, file] });
  };
  expect((await missing({}, 'text')).stderr).toMatch(/; name one of them with --text-column\n$/);
  const key = { keyColumn: 'id' };
  expect((await missing(key, 'id')).stderr).toMatch(/; name one of them with --key-column\n$/);
  expect((await missing(key, 'text')).stderr).toMatch(/; name one of them with --text-column\n$/);
});

test('of many failures the first fifty are printed, and how many more there are', async () => {
  const files = Array.from({ length: 60 }, (_, i) => ({
    ...sampleFailure,
    input: `${String(i)}.x`,
  }));
  const { stderr } = await run('a -o b', { ...sampleSummary, files: [sampleSuccess, ...files] });
  expect(stderr.split('\n')).toHaveLength(52);
  expect(stderr).toMatch(/\ntoedit: 10 more files failed: see toedit status\n$/);
});

test('--json prints one object on stdout', async () => {
  const { code, stdout } = await run('a -o b --json', sampleSummary);
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ command: 'edit', rows: 75 });
  expect(stdout.trimEnd()).not.toContain('\n');
});

test('--quiet prints errors alone', async () => {
  const { stdout, stderr } = await run('a -o b --quiet', sampleSummary);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^toedit: corpus\/broken.parquet: .*\n$/);
});

test('a wrong request exits with 2 and one line', async () => {
  const error = new ToeditError('COLUMN_MISSING', 'no column is named body:\n there is text', {
    place: { file: 'a.parquet', rowGroup: 2 },
  });
  expect(await run('a -o b --text-column body', error)).toEqual({
    code: 2,
    stdout: '',
    stderr: 'toedit: a.parquet, row group 2: no column is named body: there is text\n',
  });
  const { stdout } = await run('a -o b --json', error);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'COLUMN_MISSING' } });
});

test('a request that no file can meet exits with 2', async () => {
  const error = { code: 'COLUMN_MISSING', message: 'no column is named body: there is text' };
  const unmet = { ...sampleFailure, error };
  const refused = await run('a -o b --text-column body', { ...sampleSummary, files: [unmet] });
  expect(refused).toEqual({
    code: 2,
    stdout: '',
    stderr: 'toedit: corpus/broken.parquet: no column is named body: there is text\n',
  });
  const partly = [sampleSuccess, unmet];
  expect((await run('a -o b', { ...sampleSummary, files: partly })).code).toBe(3);
});

const tenRows = { rows: 100, deadLetters: 1, writtenRows: 9 };

test.each([
  ['a failure that may be gone', { tasks: { ...allDone.tasks, failed: 1 } }, '', 1],
  ['more bad files than allowed', { tasks: { ...allDone.tasks, pending: 4 } }, '', 3],
  ['rows set aside', { deadLetters: 1 }, '', 3],
  ['as many rows set aside as are allowed', { deadLetters: 3 }, '--max-dead-letters 0.04', 0],
  ['more rows set aside than are allowed', { deadLetters: 4 }, '--max-dead-letters 0.04', 3],
  [
    'more rows set aside than are allowed, of few rows with many texts',
    { deadLetters: 1, rows: 100, files: [{ ...sampleSuccess, ...tenRows }] },
    '--max-dead-letters 0.04',
    3,
  ],
  ['an interruption', { interrupted: true }, '', 75],
] as const)('a run that ends with %s', async (_name, parts, flags, code) => {
  const args = `a -o b ${flags}`.trim();
  expect((await run(args, { ...allDone, ...parts })).code).toBe(code);
});

test('a fault of ours exits with 1, its stack only where it is asked for', async () => {
  const fault = new TypeError('x is not a function');
  const { code, stderr } = await run('a -o b', fault);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^toedit: unexpected error: x is not a function .*--verbose.*\ntoedit: .*same command.*\n$/,
  );
  const anew = await run('a -o b --overwrite', fault);
  expect(anew.stderr).toMatch(/same command again to continue, without --overwrite\n$/);
  expect((await run('a -o b --verbose', fault)).stderr).toContain('corpus-run.test.ts');
});
