import { expect, test } from 'vitest';
import { runCommandLine } from '#toedit/src/cli/command-line';
import { openLedger } from '#toedit/src/run/ledger/ledger';
import { makeRun, type SampleRun, sampleTask } from '../../pipelines/sample-run.ts';
import { doneOutput, entryOf, failedOutput } from '../run/sample-entries.ts';
import { captureStreams } from './capture-streams.ts';

async function run(...args: readonly string[]) {
  const streams = captureStreams();
  const code = await runCommandLine(args, { ...streams, env: {} });
  return { code, stdout: streams.stdout.written.join(''), stderr: streams.stderr.written.join('') };
}

async function sampleRun(): Promise<SampleRun> {
  const sample = await makeRun([0, 1, 2].map((index) => sampleTask(index)));
  await using ledger = openLedger(sample.paths, 'one');
  await ledger.append(
    entryOf(0, { outputs: [doneOutput('/corpus/part-0.jsonl', { output: '/gone' })] }),
  );
  await ledger.append(
    entryOf(1, { status: 'failed', outputs: [failedOutput('/corpus/part-1.jsonl', { rows: 0 })] }),
  );
  return sample;
}

test('status tells how a run stands, in words', async () => {
  await using sample = await sampleRun();
  expect(await run('status', sample.output)).toEqual({
    code: 0,
    stdout: `1 of 3 files done, 1 pending, 1 failed, 66.7 % of 3.0 kB
  10 rows, 250 tokens, 3 changed
  failed   /corpus/part-1.jsonl is cut off; fetch it again
nobody works on it: continue with toedit run ${sample.output}
`,
    stderr: '',
  });
});

test('status --json prints one object', async () => {
  await using sample = await sampleRun();
  const { code, stdout } = await run('status', sample.output, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ counts: { done: 1, failed: 1 }, tasks: [{}, {}, {}] });
});

test('status --watch ends with the run', async () => {
  await using sample = await makeRun([sampleTask(0)]);
  await using ledger = openLedger(sample.paths, 'one');
  await ledger.append(entryOf(0, { outputs: [doneOutput('a')] }));
  const { code, stdout } = await run('status', sample.output, '--watch');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^1 of 1 file done, 100.0 % of 1.0 kB\n/);
});

test('verify tells what is not as it should be, and the remedy', async () => {
  await using sample = await sampleRun();
  expect(await run('verify', sample.output)).toEqual({
    code: 1,
    stdout: `3 problems: 0 outputs hashed, 0 rows, 0 made once more from inputs and edits, 0 bytes equal
  missing     /gone: it is gone, or cannot be read
  failed      /corpus/part-1.jsonl: /corpus/part-1.jsonl is cut off; fetch it again
  not-done    /corpus/part-2.jsonl: it is not done
make them again with toedit retry ${sample.output}
`,
    stderr: '',
  });
});

test('verify of a run without a problem exits with 0', async () => {
  await using sample = await makeRun([]);
  const { code, stdout } = await run('verify', sample.output, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ tasks: 0, problems: [] });
});

test.each(['status', 'verify'])('%s of a directory without a run exits with 2', async (command) => {
  await using sample = await makeRun([]);
  const { code, stdout, stderr } = await run(command, sample.directory);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^toedit: there is no run to be found: .*\n$/);
});
