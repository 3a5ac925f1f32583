import { expect, test } from 'vitest';
import { runCli } from '#toedit/src/cli/run-cli';
import { ToeditError } from '#toedit/src/errors';
import type { RunSummary } from '#toedit/src/metrics/summary';
import type { Manifest } from '#toedit/src/run/manifest/manifest';
import { sampleFailure, sampleSuccess, sampleSummary } from '../report/sample-summary.ts';
import { captureStreams } from './capture-streams.ts';

const allDone: RunSummary = {
  ...sampleSummary,
  files: sampleSummary.files.slice(0, 1),
  tasks: { ...sampleSummary.tasks, total: 1, bad: 0 },
};

async function run(
  args: string,
  outcome: RunSummary | Error = allDone,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const streams = captureStreams();
  const job = async (): Promise<RunSummary> => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const plan = (): Promise<Manifest> => Promise.reject(new Error('nothing is planned here'));
  const jobs = { editCorpus: job, scoreCorpus: job, runShard: job, retryShard: job };
  const surroundings = { ...streams, env: {} };
  const code = await runCli(
    args === '' ? [] : args.split(' '),
    { ...jobs, planCorpus: plan },
    surroundings,
  );
  return { code, stdout: streams.stdout.written.join(''), stderr: streams.stderr.written.join('') };
}

test('a finished run exits with 0 and shows its summary', async () => {
  const { code, stdout, stderr } = await run('edit a -o b');
  expect(code).toBe(0);
  expect(stdout).toContain('done in 23 min: 1 file, 75 rows');
  expect(stderr).toBe('');
});

test('a bad file exits with 3 and is named on one line, once', async () => {
  const { code, stdout, stderr } = await run('edit a -o b', sampleSummary);
  expect(code).toBe(3);
  expect(stdout).toContain('1 file (1 failed)');
  expect(stderr).toBe(
    'toedit: corpus/broken.parquet: the footer is cut off: fetch the file again\n',
  );
});

test('--json prints one object on stdout', async () => {
  const { code, stdout } = await run('score a -o b --json', sampleSummary);
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ command: 'edit', rows: 75 });
  expect(stdout.trimEnd()).not.toContain('\n');
});

test('--quiet prints errors alone', async () => {
  const { stdout, stderr } = await run('edit a -o b --quiet', sampleSummary);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^toedit: corpus\/broken.parquet: .*\n$/);
});

test('a wrong request exits with 2 and one line', async () => {
  const error = new ToeditError('COLUMN_MISSING', 'no column is named body:\n there is text', {
    place: { file: 'a.parquet', rowGroup: 2 },
  });
  expect(await run('edit a -o b --text-column body', error)).toEqual({
    code: 2,
    stdout: '',
    stderr: 'toedit: a.parquet, row group 2: no column is named body: there is text\n',
  });
  const { stdout } = await run('edit a -o b --json', error);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'COLUMN_MISSING' } });
});

test('a request that no file can meet exits with 2', async () => {
  const error = { code: 'COLUMN_MISSING', message: 'no column is named body: there is text' };
  const unmet = { ...sampleFailure, error };
  const refused = await run('edit a -o b --text-column body', { ...sampleSummary, files: [unmet] });
  expect(refused).toEqual({
    code: 2,
    stdout: '',
    stderr: 'toedit: corpus/broken.parquet: no column is named body: there is text\n',
  });
  const partly = [sampleSuccess, unmet];
  expect((await run('edit a -o b', { ...sampleSummary, files: partly })).code).toBe(3);
});

test.each([
  ['a failure that may be gone', { tasks: { ...allDone.tasks, failed: 1 } }, '', 1],
  ['more bad files than allowed', { tasks: { ...allDone.tasks, pending: 4 } }, '', 3],
  ['rows set aside', { deadLetters: 1 }, '', 3],
  ['as many rows set aside as are allowed', { deadLetters: 3 }, '--max-dead-letters 0.04', 0],
  ['more rows set aside than are allowed', { deadLetters: 4 }, '--max-dead-letters 0.04', 3],
  ['an interruption', { interrupted: true }, '', 75],
] as const)('a run that ends with %s', async (_name, parts, flags, code) => {
  const args = `edit a -o b ${flags}`.trim();
  expect((await run(args, { ...allDone, ...parts })).code).toBe(code);
});

test('a fault of ours exits with 1, its stack only where it is asked for', async () => {
  const fault = new TypeError('x is not a function');
  const { code, stderr } = await run('edit a -o b', fault);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^toedit: unexpected error: x is not a function .*--verbose.*\ntoedit: .*same command.*\n$/,
  );
  const anew = await run('edit a -o b --overwrite', fault);
  expect(anew.stderr).toMatch(/same command again to go on, without --overwrite\n$/);
  expect((await run('edit a -o b --verbose', fault)).stderr).toContain('run-cli.test.ts');
});

test.each([
  ['edit a -o b --treshold 0.9', "unknown option '--treshold' (did you mean --threshold?)"],
  ['edti a -o b', "unknown command 'edti' (did you mean edit?)"],
  ['edit a', "required option '-o, --output <dir>' not specified: see toedit edit --help"],
  ['score -o b', "missing required argument 'input': see toedit score --help"],
  ['edit a -o b --device tpu', /--device <kind>.*tpu.*cpu, cuda, webgpu/],
  ['edit a -o b --format csv', /--format <name>.*csv.*parquet, arrow, jsonl/],
  ['edit a -o b --bos maybe', /--bos <when>.*maybe.*auto, always, never/],
  ['edit a -o b --threshold high', /--threshold <p>.*high.*Give a number, such as 0.99, or none\./],
  ['edit a -o b --top-p x', /--top-p <p>.*Give a number/],
  ['edit a -o b --top-k 1.5', /--top-k <n>.*1.5.*whole number/],
  ['edit a -o b --seed 18446744073709551616', /--seed <n>.*from 0 to 18446744073709551615/],
  ['edit a -o b --seed -1', /--seed <n>.*from 0 to/],
  ['--nonsense', "unknown option '--nonsense': see toedit --help"],
])('%s exits with 2, one line and a remedy', async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^toedit: [^\n]*\n$/);
  expect(stderr).toMatch(message);
});

test('without arguments, and with --help, it prints help with examples', async () => {
  const bare = await run('');
  expect(bare).toEqual(await run('--help'));
  expect(bare.code).toBe(0);
  expect(bare.stdout).toContain('toedit edit corpus/ --output edited/');
  expect((await run('edit --help')).stdout).toMatch(/--threshold <p>[^]*default: 0\.99/);
});
