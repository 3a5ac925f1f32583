import { expect, test } from 'vitest';
import { runCommandLine } from '#toedit/src/cli/command-line';
import { captureStreams } from './capture-streams.ts';

async function run(args: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const streams = captureStreams();
  const code = await runCommandLine(args === '' ? [] : args.split(' '), { ...streams, env: {} });
  return { code, stdout: streams.stdout.written.join(''), stderr: streams.stderr.written.join('') };
}

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
  ['edit a -o b --resume', "'--resume': none is needed, since the same command continues a run"],
  ['edit a -o s3://b/c', /outputs are written to a file system/],
  ['edit - -o b', /standard input goes to standard output, and nothing else does/],
  ['--nonsense', "unknown option '--nonsense': see toedit --help"],
])('%s exits with 2, one line and a remedy', async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^toedit: [^\n]*\n$/);
  expect(stderr).toMatch(message);
});

test.each(['--dry-run', '--json', '--quiet'])(
  'submit %s of what was never planned exits with 2',
  async (flag) => {
    const { code, stderr } = await run(`submit slurm /tmp/toedit-never-planned --array 2 ${flag}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^toedit: [^\n]*holds no plan[^\n]*toedit plan[^\n]*\n$/);
  },
);

test('without arguments, and with --help, it prints help with examples', async () => {
  const bare = await run('');
  expect(bare).toEqual(await run('--help'));
  expect(bare.code).toBe(0);
  expect(bare.stdout).toContain('toedit edit corpus/ --output edited/');
  expect((await run('edit --help')).stdout).toMatch(/--threshold <p>[^]*default: 0\.99/);
});

test('score accepts the flags of draws, and its help leaves them out', async () => {
  const help = (await run('score --help')).stdout;
  expect(help).not.toMatch(/--seed|--key-column|--scores/);
  expect(help).toContain('--text-column');
  const { code, stderr } = await run('score nowhere -o b --seed 1 --key-column id --scores all');
  expect(code).toBe(2);
  expect(stderr).toContain('there is no file or directory nowhere');
});

test('the help says what -h, -V and help do', async () => {
  const { stdout } = await run('--help');
  expect(stdout).toMatch(/--version +print the version\n/);
  expect(stdout).toMatch(/help \[command\] +print the help of a command\n/);
  const ofEdit = await run('edit --help');
  expect(ofEdit.stdout).toMatch(/--help +print this help\n/);
  expect(await run('help edit')).toEqual(ofEdit);
});
