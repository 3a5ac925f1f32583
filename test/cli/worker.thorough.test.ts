import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Field, Utf8 } from 'apache-arrow';
import { expect, test } from 'vitest';
import { requestBytes, responsesOf } from '../pipelines/worker-host.ts';
import { recordBatchOf } from '../record-batch-of.ts';
import { root } from '../sandbox.ts';

/** `TOEDIT_SOAK_BATCHES=10000` for the long one. */
const soakBatches = Number(process.env['TOEDIT_SOAK_BATCHES'] ?? 200);

const field = new Field('text', new Utf8(), true);
const batchOf = (values: readonly (string | null)[]) => recordBatchOf([{ field, values }]);

function startWorker(args: readonly string[] = []) {
  const main = join(root, 'dist/src/cli/main.js');
  const child = spawn(process.execPath, [main, 'worker', '--stdio', ...args]);
  // Whoever is killed does not read on.
  child.stdin.on('error', () => undefined);
  return { child, exit: once(child, 'exit'), said: text(child.stderr) };
}

test('a soak of batches of random sizes loses nothing', async () => {
  const { child, exit, said } = startWorker();
  // A few texts are scored; of most rows there is none.
  const sizes = Array.from({ length: soakBatches }, (_, index) => (index * 7919) % 10_000 || 1);
  const requests = sizes.map((size, index) =>
    batchOf(
      Array.from({ length: size }, (_, row) => (row === index % size ? `sea ${index}` : null)),
    ),
  );
  const chunks: Uint8Array[] = [];
  child.stdout.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  for (const message of await requestBytes(requests)) {
    if (!child.stdin.write(message)) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  expect(await exit).toEqual([0, null]);
  const [responses = []] = await responsesOf(chunks);
  expect(responses.map(({ numRows }) => numRows)).toEqual(sizes);
  for (const [index, response] of responses.entries()) {
    expect(response.getChild('text')?.get(index % response.numRows)).toBe(`sea ${index}`);
  }
  const rows = sizes.reduce((sum, size) => sum + size, 0).toLocaleString('en');
  expect(await said).toContain(`answered ${soakBatches.toLocaleString('en')} requests of ${rows}`);
});

test('standard output has nothing but the stream; --json there is none', async () => {
  const { child, exit } = startWorker(['--json']);
  child.stdin.end();
  expect(await text(child.stdout)).toBe('');
  expect(await exit).toEqual([2, null]);
});

test('options at fault: the first response says so, and exit code 2', async () => {
  const { child, exit } = startWorker(['--threshold', '5']);
  const chunks: Uint8Array[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Uint8Array);
  const [[refusal] = []] = await responsesOf(chunks);
  expect(refusal?.schema.metadata.get('toedit:error')).toContain('"code":"BAD_OPTION"');
  expect(await exit).toEqual([2, null]);
});

test('a host that closes standard output ends the worker', async () => {
  const { child, exit } = startWorker();
  const [schemaAndBatch = new Uint8Array()] = await requestBytes([batchOf(['sea'])]);
  child.stdout.destroy();
  child.stdin.write(schemaAndBatch);
  expect(await exit).toEqual([75, null]);
});

test('SIGTERM ends a worker that waits, and one that nobody reads', async () => {
  const waiting = startWorker();
  const stuck = startWorker(['--max-text-bytes', '10']);
  const whole = await requestBytes([batchOf(['sea'])]);
  waiting.child.stdin.write(whole[0] ?? '');
  await once(waiting.child.stdout, 'data');
  // More than the pipe holds, and nobody takes it.
  const large = await requestBytes(Array.from({ length: 8 }, () => batchOf(['x'.repeat(2 ** 20)])));
  stuck.child.stdout.once('readable', () => undefined);
  for (const message of large) stuck.child.stdin.write(message);
  await once(stuck.child.stdout, 'readable');
  for (const { child } of [waiting, stuck]) child.kill('SIGTERM');
  expect(await waiting.exit).toEqual([75, null]);
  expect(await stuck.exit).toEqual([75, null]);
});
