import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSandbox, type Sandbox } from '../sandbox.ts';
import { type Outcome, runToedit, startToedit } from './run-toedit.ts';

/** Loaded before the command line: makes a file when that has begun to listen to the last of the signals. */
const preload = `
import { writeFileSync } from 'node:fs';
process.on('newListener', (name) => {
  if (name === 'SIGUSR1') setImmediate(() => writeFileSync(process.env.LISTENING, ''));
});`;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await makeSandbox();
  const { code } = await runToedit(['edit', 'corpus', '-o', 'made'], sandbox.directory);
  expect(code).toBe(0);
  const planned = await runToedit(['plan', 'corpus', '-o', 'planned'], sandbox.directory);
  expect(planned.code).toBe(0);
});
afterAll(() => sandbox[Symbol.dispose]());

/** Interrupts a command as soon as it listens: it then still loads what its work takes. */
async function interrupt(args: readonly string[], signal: NodeJS.Signals): Promise<Outcome> {
  const { directory } = sandbox;
  const listening = join(directory, 'listening');
  rmSync(listening, { force: true });
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(preload)}`;
  const env = { HOME: directory, LISTENING: listening, NODE_OPTIONS };
  const running = startToedit(args, directory, { env });
  while (!existsSync(listening)) await setTimeout(2);
  running.kill(signal);
  return running.outcome;
}

const sample = ['--threads', '1'];
const commands: Readonly<Record<string, readonly string[]>> = {
  quantise: ['quantise', 'models/smollm2-135m', '-c', 'corpus', '-o', 'int8', ...sample],
  verify: ['verify', 'made'],
  doctor: ['doctor', ...sample],
  'compare-priors': [
    ...['compare-priors', 'models/smollm2-135m', 'models/smollm2-135m'],
    ...['--input', 'corpus', ...sample],
  ],
  plan: ['plan', 'corpus', '-o', 'plan'],
  'status --watch': ['status', 'planned', '--watch'],
};

test.each(Object.entries(commands))(
  '%s says that it was interrupted, by what, and exits with 75',
  async (_name, args) => {
    const { code, stdout, stderr } = await interrupt(args, 'SIGTERM');
    expect(stderr).toMatch(/(^|\n)toedit: interrupted by SIGTERM: .*same command again\n$/);
    expect(stderr.match(/interrupted by/g)).toHaveLength(1);
    expect(code).toBe(75);
    expect(stdout).not.toContain('INTERRUPTED');
  },
);

test.each(Object.entries(commands))('%s --json says so in one object', async (name, args) => {
  const { code, stdout, stderr } = await interrupt([...args, '--json'], 'SIGINT');
  expect(code).toBe(75);
  expect(stderr).toMatch(/toedit: interrupted by SIGINT: .*\n$/);
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  expect(JSON.parse(last)).toEqual({
    error: {
      code: 'INTERRUPTED',
      message: expect.stringMatching(/^interrupted by SIGINT: .*same command again$/),
    },
  });
  if (name !== 'status --watch') expect(stdout.trimEnd()).not.toContain('\n');
});

test.each([
  ['edit', ['edit', 'corpus', '-o', 'edited']],
  ['score', ['score', 'corpus', '-o', 'scored']],
  ['run', ['run', 'planned']],
] as const)('%s --json commits what is in flight, and says how to go on', async (_name, args) => {
  const { code, stdout, stderr } = await interrupt([...args, '--json', ...sample], 'SIGTERM');
  expect(code).toBe(75);
  expect(stderr).toMatch(
    /toedit: interrupted by SIGTERM: committing .*\n(toedit: .*\n)*toedit: interrupted by SIGTERM: .*same command again to continue\n$/,
  );
  expect(JSON.parse(stdout)).toMatchObject({ interrupted: true });
});

test('an interrupted quantisation leaves nothing behind', async () => {
  await interrupt([...(commands['quantise'] ?? []), '--quiet'], 'SIGUSR1');
  const left = readdirSync(sandbox.directory).filter((name) => /int8|quantise/.test(name));
  expect(left).toEqual([]);
});
