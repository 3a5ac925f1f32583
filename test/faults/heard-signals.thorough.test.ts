import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compressZstd, zstdReady } from '#toedit/src/compression/zstd';
import { paced } from '#toedit/src/event-loop';
import { startToedit } from '../cli/run-toedit.ts';

/** Small files that stand for so many bytes that no test waits for their end. */
const mebibytes = 8192;

let directory: string;
beforeAll(async () => {
  await zstdReady();
  directory = mkdtempSync(join(tmpdir(), 'toedit-signals-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const compressions = { zst: compressZstd, gz: (bytes: Uint8Array) => gzipSync(bytes) };

const isClaimed = (output: string): boolean => {
  try {
    const names = readdirSync(join(directory, output, '.toedit'), { recursive: true });
    return names.some((name) => /claims\/./.test(String(name)));
  } catch {
    return false;
  }
};

const bound = ['--max-text-bytes', '1000000'];

test.each([
  { what: 'blank lines', extension: 'zst', filling: '\n', before: '', flags: bound },
  { what: 'blank lines', extension: 'gz', filling: '\n', before: '', flags: bound },
  { what: 'a line without end', extension: 'zst', filling: 'x', before: '{"text":"', flags: bound },
  { what: 'one, without bound', extension: 'zst', filling: 'x', before: '{ "text":"', flags: [] },
])('a run that reads $what ($extension) ends at a SIGTERM', async (given) => {
  const { extension, filling, before } = given;
  const compress = compressions[extension as keyof typeof compressions];
  const many = compress(Buffer.from(filling.repeat(2 ** 20)));
  const parts = [compress(Buffer.from(before)), ...Array.from({ length: mebibytes }, () => many)];
  const name = `${String(before.length)}.jsonl.${extension}`;
  writeFileSync(join(directory, name), Buffer.concat(parts));
  const output = `${name}-out`;
  const flags = [...given.flags, '--grace', '1', '--quiet'];
  const run = startToedit(['edit', name, '-o', output, ...flags], directory);
  await expect.poll(() => isClaimed(output), { timeout: 60_000 }).toBe(true);
  run.kill('SIGTERM');
  expect(await run.outcome).toMatchObject({ code: 75 });
});

test('timers run while bytes come that nothing waits for', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns++;
  }, 1);
  async function* busy(): AsyncGenerator<Uint8Array> {
    for (const begin = performance.now(); performance.now() - begin < 500; )
      yield new Uint8Array(1);
  }
  for await (const _ of paced(busy()));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});

test('an aborted signal ends them, with its reason', async () => {
  const controller = new AbortController();
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(1);
  }
  setTimeout(() => controller.abort(new Error('enough')), 10);
  const read = async (): Promise<void> => {
    for await (const _ of paced(endless(), controller.signal));
  };
  await expect(read()).rejects.toThrow('enough');
});
