import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningToedit, runToedit, type Start, startToedit } from '../cli/run-toedit.ts';
import { outputsOf } from '../outputs-of.ts';
import { runDirectory } from '../run-directory.ts';
import { until } from '../slurm/until.ts';
import { canSetClock, withClock } from './clock.ts';
import { atCommit, atRename } from './fault.ts';
import { type FaultSandbox, makeFaultSandbox } from './fault-sandbox.ts';

let sandbox: FaultSandbox;
let expected: ReadonlyMap<string, string>;
beforeAll(async () => {
  sandbox = await makeFaultSandbox();
  expect(await sandbox.edit('other', other)).toMatchObject({ code: 0, stderr: '' });
  expected = outputsOf(join(sandbox.directory, 'other'));
  expect(expected).not.toEqual(outputsOf(join(sandbox.directory, 'undisturbed')));
});
afterAll(() => sandbox[Symbol.dispose]());

/** The rule of the run that comes after. */
const other = ['--seed', '9'];
const freeze = 'touch "$FAULT_MARK"; kill -STOP $PPID';

/** A worker of a run, frozen at a moment. */
async function frozenWorker(output: string, start: Start): Promise<RunningToedit> {
  const mark = join(sandbox.directory, `${output}-frozen`);
  const rule = ['--threshold', '0.01', '--threads', '1'];
  const args = ['edit', 'corpus', ...rule, '--files-in-flight', '1', '-o', output];
  const env = { ...start.env, FAULT_MARK: mark };
  const worker = startToedit(args, sandbox.directory, { ...start, env });
  await until(async () => existsSync(mark));
  return worker;
}

/** As if the workers of a run were on another host, of which the kernel here knows nothing, and with another clock. */
function moveFarAway(output: string, offsetHours = 0): void {
  const claims = join(runDirectory(join(sandbox.directory, output)), 'claims');
  const files = readdirSync(claims).filter((name) => name.endsWith('.json'));
  expect(files).not.toEqual([]);
  for (const name of files) {
    const path = join(claims, name);
    const json = readFileSync(path, 'utf8').replaceAll(/"host":"[^"]*"/g, '"host":"far-away"');
    writeFileSync(path, json);
    expect(JSON.parse(json)).toMatchObject({ worker: { host: 'far-away' } });
    const heartbeat = new Date(Date.now() + offsetHours * 3_600_000);
    utimesSync(path, heartbeat, heartbeat);
  }
}

async function expectWhole(output: string): Promise<void> {
  expect(outputsOf(join(sandbox.directory, output))).toEqual(expected);
  const { code, stdout } = await runToedit(['verify', output, '--json'], sandbox.directory);
  expect(JSON.parse(stdout)).toMatchObject({ outputs: 2, problems: [] });
  expect(code).toBe(0);
}

const moments: [string, Start][] = [
  ['at a commit', atCommit(2, freeze)],
  ['once a file is computed', atCommit(4, freeze)],
  ['before an output is renamed', atRename(1, 'before', freeze)],
  ['after an output was renamed', atRename(1, 'after', freeze)],
];

describe.runIf(process.platform === 'linux')('a run that is begun anew', () => {
  test.each(moments)(
    'while a worker on another host is frozen %s: that one fails, and writes nothing into it',
    async (moment, start) => {
      const output = moment.replaceAll(' ', '-');
      const worker = await frozenWorker(output, start);
      try {
        const near = await sandbox.edit(output, [...other, '--overwrite']);
        expect(near).toMatchObject({ code: 2, stdout: '' });
        expect(near.stderr).toMatch(/^toedit: process \d+ on [^\n]* is working in [^\n]*\n$/);
        moveFarAway(output);
        const anew = await sandbox.edit(output, [...other, '--overwrite']);
        expect(anew).toMatchObject({ code: 0, stderr: '' });
        await expectWhole(output);
      } finally {
        worker.kill('SIGCONT');
      }
      const { code, stderr } = await worker.outcome;
      expect(stderr).toMatch(
        /toedit: the run in [^\n]* was begun anew by another process[^\n]*\n$/,
      );
      expect(code).toBe(2);
      await expectWhole(output);
      expect(readdirSync(join(sandbox.directory, output)).sort()).toEqual([
        ...['.toedit', 'a.jsonl', 'b.jsonl'],
      ]);
    },
  );

  test('and whose state is removed: a worker ends, and makes nothing of it again', async () => {
    const worker = await frozenWorker('removed', atCommit(2, freeze));
    rmSync(join(sandbox.directory, 'removed/.toedit'), { recursive: true });
    worker.kill('SIGCONT');
    const { code, stderr } = await worker.outcome;
    expect(stderr).toMatch(
      /toedit: the run in [^\n]* was removed, or is being begun anew, while this one worked/,
    );
    expect(code).toBe(2);
    expect(readdirSync(join(sandbox.directory, 'removed'))).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux' && canSetClock)('clocks of hosts an hour apart', () => {
  test.each([
    [-1, 1],
    [1, -1],
  ])('%d h and %d h: a live claim is left alone, and nothing is done twice', async (one, two) => {
    const output = `shared${String(one)}`;
    const first = await frozenWorker(output, withClock(one, atCommit(2, freeze)));
    let second: RunningToedit;
    try {
      moveFarAway(output, one);
      const rule = ['--threshold', '0.01', '--threads', '1'];
      const args = ['edit', 'corpus', ...rule, '-o', output, '--json'];
      second = startToedit(args, sandbox.directory, withClock(two));
      let told = '';
      second.onStderr((text) => {
        told += text;
      });
      await until(async () => /waiting for them/.test(told));
    } finally {
      first.kill('SIGCONT');
    }
    const ended = await Promise.all([first.outcome, second.outcome]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(JSON.parse(ended[1].stdout)).toMatchObject({ resumed: { rows: 0, repeatedRows: 0 } });
    sandbox.expectWhole(output);
  });

  test.each([-1, 1])('%d h: a run that is begun anew by such a host is whole', async (offset) => {
    const output = `anew${String(offset)}`;
    const worker = await frozenWorker(output, atRename(1, 'before', freeze));
    try {
      moveFarAway(output, -offset);
      const anew = await sandbox.edit(output, [...other, '--overwrite'], withClock(offset));
      expect(anew).toMatchObject({ code: 0, stderr: '' });
    } finally {
      worker.kill('SIGCONT');
    }
    expect((await worker.outcome).code).toBe(2);
    await expectWhole(output);
  });
});
