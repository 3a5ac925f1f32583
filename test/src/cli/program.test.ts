import { expect, test } from 'vitest';
import { type Actions, createProgram } from '#toedit/src/cli/program';
import { captureStreams } from './capture-streams.ts';

async function parse(...args: string[]): Promise<{ command: string; given: unknown[] }> {
  const calls: { command: string; given: unknown[] }[] = [];
  const record =
    (command: string) =>
    async (...given: unknown[]): Promise<void> => {
      calls.push({ command, given });
    };
  const names = ['edit', 'score', 'plan', 'run', 'retry', 'submit'] as const;
  const actions = Object.fromEntries(names.map((name) => [name, record(name)]));
  const program = createProgram(actions as unknown as Actions, {
    streams: captureStreams(),
    setExitCode: () => undefined,
  });
  await program.parseAsync(args, { from: 'user' });
  const [call] = calls;
  if (call === undefined) throw new Error('no command ran');
  return call;
}

const plain = {
  json: false,
  quiet: false,
  verbose: false,
  maxDeadLetters: 0,
  graceSeconds: 20,
};

test.each(['edit', 'score', 'plan'])(
  '%s without flags leaves every default to the pipeline',
  async (name) => {
    expect(await parse(name, 'a.parquet', 'b/', '-o', 'out')).toEqual({
      command: name,
      given: [{ inputs: ['a.parquet', 'b/'], output: 'out' }, plain],
    });
  },
);

test.each(['run', 'retry'])('%s takes a directory and a shard', async (name) => {
  expect(await parse(name, 'out')).toEqual({ command: name, given: [{ output: 'out' }, plain] });
  const flags = '--shard 3/7 --shards 9 --model m --threads 2 --max-batch-tokens 64 --grace 5';
  expect(await parse(name, 'out', ...flags.split(' '), '--max-bad-files', '1')).toEqual({
    command: name,
    given: [
      {
        output: 'out',
        shard: { index: 3, count: 7 },
        shards: 9,
        model: 'm',
        threads: 2,
        maxBatchTokens: 64,
        maxBadFiles: 1,
      },
      { ...plain, graceSeconds: 5 },
    ],
  });
});

test('every flag of edit, score and plan becomes its option', async () => {
  const flags = [
    '--output out --model m --dtype fp16 --model-file onnx/model_gqa.onnx --device webgpu --devices webgpu,webgpu*2 --threads 3',
    '--text-column body --key-column id --seed 18446744073709551615 --limit 9 --format arrow',
    '--overwrite --bos never --window-tokens 512 --min-context-tokens 128 --max-batch-tokens 4096',
    '--files-in-flight 2 --on-bad-row dead-letter --max-text-bytes 4096 --max-bad-files 3',
    '--max-dead-letters 0.01 --grace 90 --json --quiet --verbose',
  ].flatMap((line) => line.split(' '));
  const options = {
    inputs: ['a'],
    output: 'out',
    model: 'm',
    dtype: 'fp16',
    modelFile: 'onnx/model_gqa.onnx',
    device: 'webgpu',
    devices: ['webgpu', 'webgpu*2'],
    threads: 3,
    textColumn: 'body',
    keyColumn: 'id',
    seed: 2n ** 64n - 1n,
    limit: 9,
    format: 'arrow',
    overwrite: true,
    bos: 'never',
    windowTokens: 512,
    minContextTokens: 128,
    maxBatchTokens: 4096,
    filesInFlight: 2,
    onBadRow: 'dead-letter',
    maxTextBytes: 4096,
    maxBadFiles: 3,
  };
  const manners = {
    ...{ json: true, quiet: true, verbose: true },
    ...{ maxDeadLetters: 0.01, graceSeconds: 90 },
  };
  for (const command of ['edit', 'score', 'plan']) {
    expect(await parse(command, 'a', ...flags)).toEqual({ command, given: [options, manners] });
  }
});

test('every flag of edit becomes its option', async () => {
  const flags = [
    '--preset official-lowdrop --threshold 0.95 --exclusive --top-k 64 --top-p 0.9',
    '--temperature 1.5 --exclude-original --drop-below 0.001 --report --excerpts 4',
  ].flatMap((line) => line.split(' '));
  const { given } = await parse('edit', 'a', '-o', 'out', ...flags);
  expect(given[0]).toEqual({
    inputs: ['a'],
    output: 'out',
    preset: 'official-lowdrop',
    threshold: 0.95,
    inclusive: false,
    topK: 64,
    topP: 0.9,
    temperature: 1.5,
    excludeOriginal: true,
    dropBelow: 0.001,
    report: true,
    excerpts: 4,
  });
});

test('none switches a bound off', async () => {
  const { given } = await parse(
    'edit',
    'a',
    '-o',
    'b',
    '--threshold',
    'none',
    '--drop-below',
    'none',
  );
  expect(given[0]).toMatchObject({ threshold: null, dropBelow: null });
});

test('--max-batch-tokens takes auto', async () => {
  const { given } = await parse('run', 'out', '--max-batch-tokens', 'auto');
  expect(given[0]).toEqual({ output: 'out', maxBatchTokens: 'auto' });
});
