import { Command } from 'commander';
import { expect, test } from 'vitest';
import {
  addCorpusFlags,
  addShardFlags,
  corpusRequest,
  ruleFlags,
  shardRequest,
} from '#toedit/src/cli/corpus-flags';
import type { RunRequest } from '#toedit/src/cli/corpus-run';

/** What the arguments of a command ask for. */
function parse(name: 'edit' | 'score' | 'run', ...args: string[]): RunRequest<unknown> {
  let request: RunRequest<unknown> | undefined;
  if (name === 'run') {
    const command = addShardFlags(new Command()).action((output, flags) => {
      request = shardRequest(output, flags);
    });
    command.parse(args, { from: 'user' });
  } else {
    const rule = name === 'edit' ? ruleFlags() : [];
    const command = addCorpusFlags(new Command(), rule).action((inputs, flags) => {
      request = corpusRequest(inputs, flags);
    });
    command.parse(args, { from: 'user' });
  }
  if (request === undefined) throw new Error('no command ran');
  return request;
}

const plain = {
  json: false,
  quiet: false,
  verbose: false,
  maxDeadLetters: 0,
  graceSeconds: 20,
};

test.each(['edit', 'score'] as const)(
  '%s without flags leaves every default to the pipeline',
  (name) => {
    expect(parse(name, 'a.parquet', 'b/', '-o', 'out')).toEqual({
      options: { inputs: ['a.parquet', 'b/'], output: 'out' },
      settings: plain,
    });
  },
);

test('run and retry take a directory and a shard', () => {
  expect(parse('run', 'out')).toEqual({ options: { output: 'out' }, settings: plain });
  const flags = '--shard 3/7 --shards 9 --model m --threads 2 --max-batch-tokens 64 --grace 5';
  expect(parse('run', 'out', ...flags.split(' '), '--max-bad-files', '1')).toEqual({
    options: {
      output: 'out',
      shard: { index: 3, count: 7 },
      shards: 9,
      model: 'm',
      threads: 2,
      maxBatchTokens: 64,
      maxBadFiles: 1,
    },
    settings: { ...plain, graceSeconds: 5 },
  });
});

test('every flag that edit, score and plan share becomes its option', () => {
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
    textColumn: ['body'],
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
  const settings = {
    ...{ json: true, quiet: true, verbose: true },
    ...{ maxDeadLetters: 0.01, graceSeconds: 90 },
  };
  for (const command of ['edit', 'score'] as const) {
    expect(parse(command, 'a', ...flags)).toEqual({ options, settings });
  }
});

test('every flag of edit becomes its option', () => {
  const flags = [
    '--preset official-lowdrop --threshold 0.95 --exclusive --top-k 64 --top-p 0.9',
    '--temperature 1.5 --exclude-original --drop-below 0.001 --report --excerpts 4',
  ].flatMap((line) => line.split(' '));
  const { options } = parse('edit', 'a', '-o', 'out', ...flags);
  expect(options).toEqual({
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

test('none switches a bound off', () => {
  const { options } = parse('edit', 'a', '-o', 'b', '--threshold', 'none', '--drop-below', 'none');
  expect(options).toMatchObject({ threshold: null, dropBelow: null });
});

test('--max-batch-tokens takes auto', () => {
  const { options } = parse('run', 'out', '--max-batch-tokens', 'auto');
  expect(options).toEqual({ output: 'out', maxBatchTokens: 'auto' });
});
