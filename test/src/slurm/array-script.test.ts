import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayScript } from '#toedit/src/slurm/scripts';
import { resolveSlurmJob } from '#toedit/src/slurm/slurm-job';
import { until } from '../../slurm/until.ts';

// The scripts run in bash itself; a program of a few lines stands for toedit, and exits as it is told.
const standIn = `
  const { appendFileSync, existsSync, readFileSync } = require('node:fs');
  const [, program, verb, run, , shard] = process.argv;
  const plan = JSON.parse(readFileSync(program + '.json', 'utf8'));
  appendFileSync(program + '.log', JSON.stringify(process.argv.slice(2)) + '\\n');
  const index = Number(shard.split('/')[0]);
  const code = plan[index] ?? 0;
  if (code !== 'wait') process.exit(code);
  let signals = 0;
  process.on('SIGTERM', () => {
    signals += 1;
    setTimeout(() => process.exit(signals === 0 ? 1 : 75), 300);
  });
  appendFileSync(program + '.ready', 'x');
  setTimeout(() => process.exit(0), 60_000);
`;

let directory: string;
let program: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "toedit 'slurm' $HOME "));
  program = join(directory, 'stand "in".cjs');
  writeFileSync(program, standIn);
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Execution {
  readonly shards: number;
  readonly tasks: number;
  readonly task: number;
  /** What each shard exits with; `wait` waits for SIGTERM, and then exits with 75. */
  readonly exits?: readonly (number | 'wait')[];
  readonly devices?: readonly string[];
}

/** Starts the script as Slurm would. */
function start({ shards, tasks, task, exits = [], devices }: Execution) {
  for (const name of ['log', 'ready']) rmSync(`${program}.${name}`, { force: true });
  writeFileSync(`${program}.json`, JSON.stringify(exits));
  const command = [process.execPath, program];
  const job = resolveSlurmJob({ run: directory, command, array: shards, devices }, tasks);
  const script = join(directory, 'array.sbatch');
  writeFileSync(script, arrayScript(job));
  const environment = {
    SLURM_ARRAY_JOB_ID: '7',
    SLURM_ARRAY_TASK_ID: String(task),
    SLURM_CPUS_ON_NODE: '3',
  };
  const child = spawn('bash', [script], { env: { ...process.env, ...environment } });
  const outcome = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return { child, outcome: outcome.then(([[code], stdout]) => ({ code: code as number, stdout })) };
}

/** The arguments that the stand-in was called with, by call. */
function calls(): readonly (readonly string[])[] {
  const lines = readFileSync(`${program}.log`, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as string[]);
}

const shardsCalled = (): readonly string[] => calls().map((call) => call[3] ?? '');

test('a task calls toedit with the run, its shard and the CPUs that Slurm gave', async () => {
  const { code } = await start({ shards: 5, tasks: 5, task: 3 }).outcome;
  expect(code).toBe(0);
  expect(calls()).toEqual([
    ['run', directory, '--shard', '3/5', '--threads', '3', '--grace', '105'],
  ]);
});

test('and with the devices that it was told', async () => {
  const devices = ['cuda:0', 'cuda:1*2'];
  await start({ shards: 1, tasks: 1, task: 0, devices }).outcome;
  expect(calls()[0]?.slice(-1)).toEqual(['--devices=cuda:0,cuda:1*2']);
});

test('the tasks of an array take every shard once, whatever the fold', async () => {
  const fold = fc.record({
    shards: fc.integer({ min: 1, max: 9 }),
    most: fc.constantFrom(1, 2, 4),
  });
  const property = fc.asyncProperty(fold, async ({ shards, most }) => {
    const taken: string[] = [];
    const tasks = Math.min(shards, most);
    for (let task = 0; task < tasks; task += 1) {
      await start({ shards, tasks, task }).outcome;
      taken.push(...shardsCalled());
    }
    const all = Array.from({ length: shards }, (_, shard) => `${shard}/${shards}`);
    expect(taken.sort()).toEqual(all);
  });
  await fc.assert(property, { numRuns: 4 });
});

describe('the exit code of a task is that of its worst shard', () => {
  test.each([
    { exits: [0, 3, 0], code: 3, called: 3 },
    { exits: [1, 3, 0], code: 1, called: 3 },
    { exits: [3, 137, 0], code: 137, called: 3 },
    { exits: [0, 2, 0], code: 2, called: 2 },
    { exits: [0, 75, 0], code: 75, called: 2 },
  ])('$exits: $code', async ({ exits, code, called }) => {
    const outcome = await start({ shards: 3, tasks: 1, task: 0, exits }).outcome;
    expect(outcome.code).toBe(code);
    expect(calls()).toHaveLength(called);
  });
});

describe('a signal stops toedit and ends the task with 75', () => {
  const waiting = { shards: 2, tasks: 1, task: 0, exits: ['wait', 0] } as const;
  const ready = async (): Promise<boolean> => existsSync(`${program}.ready`);

  test('SIGUSR1, the warning of the time limit, asks for another go', async () => {
    const { child, outcome } = start(waiting);
    await until(ready);
    child.kill('SIGUSR1');
    const { code, stdout } = await outcome;
    expect(code).toBe(75);
    expect(shardsCalled()).toEqual(['0/2']);
    expect(stdout).toContain('cannot requeue this task');
  });

  test('SIGTERM does not: who sent it wants it so', async () => {
    const { child, outcome } = start(waiting);
    await until(ready);
    child.kill('SIGTERM');
    const { code, stdout } = await outcome;
    expect(code).toBe(75);
    expect(stdout).not.toContain('requeue');
  });

  test('several signals are waited out like one', async () => {
    const { child, outcome } = start(waiting);
    await until(ready);
    for (const signal of ['SIGTERM', 'SIGUSR1', 'SIGTERM', 'SIGTERM'] as const) child.kill(signal);
    expect((await outcome).code).toBe(75);
  });
});

test('options that hold spaces and quotes are quoted for Slurm', () => {
  const options = { run: '/data/a "run" of 100%', command: ['toedit'], array: 2 };
  const script = arrayScript(
    resolveSlurmJob({ ...options, sbatchArgs: ['--comment=two words', '--mem=4G'] }, 8),
  );
  expect(script).toContain('\n#SBATCH --job-name=toedit-a-run-of-100-\n');
  expect(script).toContain(
    String.raw`#SBATCH "--output=/data/a \"run\" of 100%%/.toedit/slurm/%A_%a.log"`,
  );
  expect(script).toContain('\n#SBATCH "--comment=two words"\n#SBATCH --mem=4G\n');
});

test('a script holds no control character, and calls toedit by the words that were given', () => {
  const character = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom("'", '\u001b', '\n', '\u202e', '\u009b'),
  );
  const word = fc
    .array(character, { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('').replaceAll('\0', ''));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), (command) => {
      const script = arrayScript(resolveSlurmJob({ run: '/run', command, array: 1 }, 1));
      expect(script).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u);
      const line = /^toedit=.*$/m.exec(script)?.[0] ?? '';
      const print = `${line}; printf '%s\\0' "\${toedit[@]}"`;
      const words = execFileSync('bash', ['-c', print], { encoding: 'utf8' });
      expect(words.split('\0').slice(0, -1)).toEqual(
        command.map((each) => Buffer.from(each).toString()),
      );
    }),
    { numRuns: 40 },
  );
});
