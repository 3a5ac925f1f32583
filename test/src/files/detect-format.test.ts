import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compressZstd, zstdReady } from '#toedit/src/compression/zstd';
import { detectFormat, type FileFormat } from '#toedit/src/files/detect-format';
import { openFiles } from '../../open-resources.ts';
import { hasSharedData, sharedData } from '../../shared-data.ts';
import { zipArchive } from '../zip/zip-archive.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-detect-'));
afterAll(() => rmSync(directory, { recursive: true }));
beforeAll(() => zstdReady());

const heads: readonly [FileFormat['kind'], Uint8Array][] = [
  ['parquet', Buffer.from('PAR1\x15\x04\x15\x00')],
  ['parquet', Buffer.from('PAR1')],
  ['arrow-file', Buffer.from('ARROW1\0\0')],
  ['arrow-stream', Uint8Array.of(255, 255, 255, 255, 200, 0, 0, 0)],
  ['zip', zipArchive([])],
  ['zip', zipArchive([{ name: 'a', bytes: Buffer.from('b') }])],
  ['jsonl', Buffer.from('{"text":""}')],
  ['jsonl', Buffer.from('\ufeff\r\n \n\t{')],
  ['jsonl', Buffer.from('\n')],
  ['jsonl', Buffer.from(' '.repeat(100_000))],
];
const extension = fc.constantFrom('parquet', 'arrow', 'jsonl', 'gz', 'zst', 'zip', 'txt', 'bin');
const tail = fc.uint8Array({ maxLength: 50 });

test('the content tells, whatever the name says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...heads),
      tail,
      extension,
      async ([kind, head], end, name) => {
        const path = join(directory, `x.${name}`);
        const isTextual = kind === 'jsonl' && head.at(-1) !== 0x7b;
        writeFileSync(path, Buffer.concat([head, isTextual ? Buffer.alloc(0) : end]));
        expect(await detectFormat(path)).toEqual({ kind, compression: 'none' });
        expect(openFiles(directory)).toEqual([]);
      },
    ),
  );
});

const packers = { gzip: gzipSync, zstd: (bytes: Uint8Array) => Buffer.from(compressZstd(bytes)) };

describe.each(['gzip', 'zstd'] as const)('within %s', (compression) => {
  const pack = packers[compression];
  const path = join(directory, 'x.parquet');

  test.each(['{"text":""}\n', '\ufeff \n{', '', '\n\n'])('%j is JSON Lines', async (text) => {
    writeFileSync(path, pack(Buffer.from(text)));
    expect(await detectFormat(path)).toEqual({ kind: 'jsonl', compression });
  });

  test('a large file is looked at no further than its beginning', async () => {
    const text = Buffer.from(`{"text":"${'abc'.repeat(200_000)}"}\n`);
    writeFileSync(path, pack(Buffer.concat([text, text])).subarray(0, -9));
    expect(await detectFormat(path)).toEqual({ kind: 'jsonl', compression });
  });

  test('anything else is unknown', async () => {
    writeFileSync(path, pack(Buffer.from('PAR1 and more')));
    await expect(detectFormat(path)).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringContaining(`inside ${compression}, with 50 41 52 31 20`) as string,
    });
  });

  test('damage is told', async () => {
    writeFileSync(path, pack(Buffer.from('{"text":""}')).subarray(0, 9));
    await expect(detectFormat(path)).rejects.toMatchObject({ code: 'FILE_CORRUPT' });
  });
});

test('unknown, empty and missing files', async () => {
  const path = join(directory, 'x');
  writeFileSync(path, '# A title\x07 and more text');
  await expect(detectFormat(path)).rejects.toMatchObject({
    code: 'FORMAT_UNKNOWN',
    message: `${path} is in no format that is read: it begins with 23 20 41 20 74 69 74 6c ("# A title. and m"); Parquet, Arrow IPC (file or stream), JSON Lines (plain, gzip or zstd) and ZIP archives of these are read`,
    place: { file: path },
  });
  writeFileSync(path, '[{"text":""}]');
  await expect(detectFormat(path)).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' });
  writeFileSync(path, '');
  await expect(detectFormat(path)).rejects.toMatchObject({
    code: 'FILE_CORRUPT',
    message: expect.stringContaining(`${path} is empty (0 bytes)`) as string,
  });
  for (const name of ['x.jsonl', 'x.JSON', 'x.ndjson']) {
    writeFileSync(join(directory, name), '');
    expect(await detectFormat(join(directory, name))).toEqual({
      kind: 'jsonl',
      compression: 'none',
    });
  }
  for (const name of ['x.jsonl.gz', 'x.jsonl.zst', 'x.parquet', 'x.arrow', 'x.zip', 'jsonl']) {
    writeFileSync(join(directory, name), '');
    await expect(detectFormat(join(directory, name))).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
    });
  }
  await expect(detectFormat(join(directory, 'no'))).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  });
});

describe.skipIf(!hasSharedData)('corpora', () => {
  test.each([
    ['books.parquet', 'parquet', 'none'],
    ['no-rows.parquet', 'parquet', 'none'],
    ['tech.arrow', 'arrow-file', 'none'],
    ['tech-zstd.arrows', 'arrow-stream', 'none'],
    ['poems.jsonl.gz', 'jsonl', 'gzip'],
    ['poems.jsonl.zst', 'jsonl', 'zstd'],
    ['shards.zip', 'zip', 'none'],
    ['broken/truncated.zip', 'zip', 'none'],
    ['broken/truncated.jsonl.gz', 'jsonl', 'gzip'],
    ['broken/bad-line.jsonl', 'jsonl', 'none'],
    ['broken/magic-only.parquet', 'parquet', 'none'],
  ])('%s is %s, compressed %s', async (file, kind, compression) => {
    expect(await detectFormat(sharedData + file)).toEqual({ kind, compression });
  });

  test.each([
    ['README.md', 'FORMAT_UNKNOWN'],
    ['broken/text.parquet', 'FORMAT_UNKNOWN'],
    ['broken/zero-bytes.parquet', 'FILE_CORRUPT'],
    ['broken/truncated.jsonl.zst', 'FILE_CORRUPT'],
  ])('%s: %s', async (file, code) => {
    await expect(detectFormat(sharedData + file)).rejects.toMatchObject({ code });
  });
});
