import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startToedit } from '../cli/run-toedit.ts';
import { query } from '../duckdb.ts';
import { until } from '../slurm/until.ts';
import { atCommit, dyingWorker } from './fault.ts';
import { type FaultSandbox, makeFaultSandbox } from './fault-sandbox.ts';

let sandbox: FaultSandbox;
beforeAll(async () => {
  sandbox = await makeFaultSandbox();
});
afterAll(() => sandbox[Symbol.dispose]());

/** One line that tells what and why, one that says how to go on. */
const fatal = (what: RegExp) =>
  new RegExp(
    `^toedit: [^\\n]*${what.source}[^\\n]*\\ntoedit: [^\\n]*same command again[^\\n]*\\n$`,
  );

test('the inference thread dies: the run ends, and the next one goes on', async () => {
  // The first answer says that the worker is ready, the second that its graph can be used.
  const dying = dyingWorker('inference-worker', 4, 'exit');
  const { code, stdout, stderr } = await sandbox.edit('inference', [], dying);
  expect(stderr).toMatch(
    fatal(/tiny\/onnx\/model\.onnx ended: the inference worker ended with code 7/),
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  await sandbox.finish('inference');
});

test.runIf(process.platform === 'linux')(
  "the tokenizer's process is killed: another one goes on, and no row is lost",
  async () => {
    const kill = "for id in $(pgrep -P $PPID -f '[t]okenizer-worker'); do kill -KILL $id; done";
    const outcome = await sandbox.edit('tokenizer', [], atCommit(1, kill));
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    sandbox.expectWhole('tokenizer');
  },
);

test("a Parquet file's thread dies: the file fails alone, and is no bad file", async () => {
  const { directory } = sandbox;
  const path = join(directory, 'c.parquet');
  const rows = `SELECT * FROM read_json('${join(directory, 'corpus/b.jsonl')}')`;
  await query(`COPY (${rows}) TO '${path}' (FORMAT parquet)`);
  writeFileSync(join(directory, 'whole.jsonl'), '{"text":"the sun"}\n');
  const args = [
    'edit',
    'c.parquet',
    'whole.jsonl',
    '-o',
    'parquet',
    '--format',
    'jsonl',
    '--json',
    '--quiet',
  ];
  const edit = async (start = {}) => startToedit(args, directory, start).outcome;
  const died = await edit(dyingWorker('parquet-worker', 3, 'exit'));
  expect(died.stderr).toMatch(
    fatal(/cannot read [^\n]*c\.parquet: the Parquet worker ended with code 7[^\n]*/),
  );
  expect(died.code).toBe(1);
  expect(JSON.parse(died.stdout)).toMatchObject({ tasks: { done: 1, failed: 1, bad: 0 } });
  const finished = await edit();
  expect(finished).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(finished.stdout)).toMatchObject({ tasks: { done: 2 }, rows: 601 });
});

test.runIf(process.platform === 'linux')(
  'of two processes that share a run one is killed: the other takes over, from what it committed',
  async () => {
    const { directory } = sandbox;
    const args = ['edit', 'corpus', '-o', 'shared', '--threshold', '0.01', '--json'];
    const frozen = 'kill -STOP $PPID';
    const first = startToedit(
      [...args, '--files-in-flight', '1'],
      directory,
      atCommit(2, `touch stopped; ${frozen}`),
    );
    await until(async () => existsSync(join(directory, 'stopped')));
    const second = startToedit(args, directory);
    let waits = '';
    second.onStderr((text) => {
      waits += text;
    });
    await until(async () => /waiting for them/.test(waits));
    first.kill('SIGKILL');
    const { code, stdout } = await second.outcome;
    expect(code).toBe(0);
    // 512 rows each; the second batch was on disk, though the process never learnt it.
    const { resumed } = JSON.parse(stdout) as { resumed: Record<string, number> };
    expect(resumed['rows']).toBe(1024);
    expect(resumed['repeatedRows']).toBeLessThanOrEqual(512);
    sandbox.expectWhole('shared');
    expect((await first.outcome).code).toBeNull();
  },
);

test.runIf(process.platform === 'linux').each(['SIGTERM', 'SIGUSR1', 'SIGINT'])(
  '%s: what is in flight is committed, and no row is done twice',
  async (signal) => {
    const stopped = await sandbox.edit(
      signal,
      [],
      atCommit(1, `kill -${signal.slice(3)} $PPID; sleep 0.1`),
    );
    expect(stopped.stderr).toMatch(
      new RegExp(`toedit: interrupted by ${signal}: [^\\n]*run the same command again[^\\n]*\\n$`),
    );
    expect(stopped.code).toBe(75);
    const resumed = await sandbox.edit(signal, ['--json']);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    const { resumed: counts } = JSON.parse(resumed.stdout) as { resumed: Record<string, number> };
    expect(counts['rows']).toBeGreaterThanOrEqual(512);
    expect(counts['repeatedRows']).toBe(0);
    sandbox.expectWhole(signal);
  },
);

test.runIf(process.platform === 'linux')(
  'a second SIGINT exits at once, and all is well',
  async () => {
    const twice = 'p=$PPID; (kill -INT $p; sleep 0.7; kill -INT $p) >/dev/null 2>&1 &';
    const { code } = await sandbox.edit('twice', [], atCommit(1, twice));
    // Null: it had ended in good order by then, and no longer listened.
    expect([75, null]).toContain(code);
    await sandbox.finish('twice');
  },
);
