import { expect, test } from 'vitest';
import { createProgram } from '#toedit/src/cli/program';

async function parse(...args: string[]): Promise<{ command: string; given: unknown[] }> {
  const calls: { command: string; given: unknown[] }[] = [];
  const record =
    (command: string) =>
    async (...given: unknown[]): Promise<void> => {
      calls.push({ command, given });
    };
  const program = createProgram({ edit: record('edit'), score: record('score') });
  await program.parseAsync(args, { from: 'user' });
  const [call] = calls;
  if (call === undefined) throw new Error('no command ran');
  return call;
}

const plain = { json: false, quiet: false, verbose: false };

test.each(['edit', 'score'])(
  '%s without flags leaves every default to the pipeline',
  async (name) => {
    expect(await parse(name, 'a.parquet', 'b/', '-o', 'out')).toEqual({
      command: name,
      given: [{ inputs: ['a.parquet', 'b/'], output: 'out' }, plain],
    });
  },
);

test('every flag of both commands becomes its option', async () => {
  const flags = [
    '--output out --model m --model-file onnx/model_gqa.onnx --device webgpu --threads 3',
    '--text-column body --key-column id --seed 18446744073709551615 --limit 9 --format arrow',
    '--overwrite --bos never --window-tokens 512 --min-context-tokens 128 --max-batch-tokens 4096',
    '--files-in-flight 2 --json --quiet --verbose',
  ].flatMap((line) => line.split(' '));
  const options = {
    inputs: ['a'],
    output: 'out',
    model: 'm',
    modelFile: 'onnx/model_gqa.onnx',
    device: 'webgpu',
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
  };
  const display = { json: true, quiet: true, verbose: true };
  for (const command of ['edit', 'score']) {
    expect(await parse(command, 'a', ...flags)).toEqual({ command, given: [options, display] });
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
