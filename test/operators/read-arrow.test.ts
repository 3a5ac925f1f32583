import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { type WriteArrowOptions, writeArrow } from '#toedit/operators/formats/write-arrow';
import type { ToeditError } from '#toedit/src/errors';
import { openFiles } from '../open-resources.ts';
import { hasSharedData, sharedData } from '../shared-data.ts';
import { collect, countedSource, numbered, rowsOf, textBatch } from './text-batch.ts';

let directory = '';
let path = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toedit-arrow-'));
  path = join(directory, 'in.arrow');
});
afterEach(async () => {
  expect(openFiles(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

const rows = numbered(Array.from({ length: 60 }, (_, i) => `text ${i}`));
const batches = [textBatch(rows.slice(0, 20)), textBatch(rows.slice(20))];

async function bytesOf(options: WriteArrowOptions): Promise<Buffer> {
  await writeArrow(path, { ...options, overwrite: true })(countedSource(batches).source);
  return readFile(path);
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The rows read before the end, and the error that was it. */
async function readAll(input: Parameters<typeof readArrow>[0]) {
  let count = 0;
  try {
    for await (const batch of readArrow(input, { name: 'input' })) count += batch.numRows;
  } catch (error) {
    return { count, error: error as ToeditError };
  }
  return { count, error: undefined };
}

test.each(['file', 'stream'] as const)('%s: from chunks of any size', async (format) => {
  const bytes = await bytesOf({ format });
  for (const size of [1, 7, 64, 1 << 20]) {
    const read = await collect(readArrow(chunks(bytes, size)));
    expect(read.flatMap(rowsOf)).toEqual(rows);
  }
});

test('a stream cut short is an error, but between messages', async () => {
  const bytes = await bytesOf({ format: 'stream', compression: 'none' });
  const counts = new Set<number>();
  for (let end = 1; end < bytes.length; end++) {
    const { count, error } = await readAll(chunks(bytes.subarray(0, end), 1 << 20));
    if (error !== undefined) {
      expect([error.code, error.place.file]).toEqual([
        end < 4 ? 'FORMAT_UNKNOWN' : 'FILE_CORRUPT',
        'input',
      ]);
      continue;
    }
    counts.add(count);
  }
  // Whole messages without the end marker, which the format lets a writer leave out.
  expect([...counts]).toEqual([0, 20, 60]);
});

test('a file cut short is an error', async () => {
  const bytes = await bytesOf({ format: 'file' });
  for (let end = 1; end < bytes.length; end += 13) {
    await writeFile(path, bytes.subarray(0, end));
    const { error } = await readAll(path);
    expect(error?.code).toBe(end < 6 ? 'FORMAT_UNKNOWN' : 'FILE_CORRUPT');
    expect(error?.place.file).toBe(path);
  }
});

test('any flipped byte gives all rows, or one error', async () => {
  const damage = fc.record({
    at: fc.nat(),
    bits: fc.integer({ min: 1, max: 255 }),
    format: fc.constantFrom('file' as const, 'stream' as const),
    compression: fc.constantFrom('none' as const, 'lz4' as const, 'zstd' as const),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, bits, format, compression }) => {
      const bytes = await bytesOf({ format, compression });
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ bits;
      await writeFile(path, bytes);
      const { error } = await readAll(path);
      if (error !== undefined)
        expect([error.name, error.place.file]).toEqual(['ToeditError', path]);
    }),
    { numRuns: 150 },
  );
});

test('an early stop closes the file', async () => {
  for (const format of ['file', 'stream'] as const) {
    await bytesOf({ format });
    for await (const batch of readArrow(path)) {
      expect(batch.numRows).toBe(20);
      break;
    }
    expect(openFiles(directory)).toEqual([]);
  }
});

test('an abort is the reason given', async () => {
  await bytesOf({ format: 'stream' });
  const controller = new AbortController();
  const reason = new Error('enough');
  const read = async () => {
    for await (const _ of readArrow(path, { signal: controller.signal })) controller.abort(reason);
  };
  await expect(read()).rejects.toBe(reason);
});

test('what is missing is unreadable; what is no Arrow says so; nothing is damaged', async () => {
  expect((await readAll(join(directory, 'absent'))).error?.code).toBe('FILE_UNREADABLE');
  await writeFile(path, 'this is text');
  expect((await readAll(path)).error?.code).toBe('FORMAT_UNKNOWN');
  let isReleased = false;
  const texts = async function* () {
    try {
      yield Buffer.from('this is text');
    } finally {
      isReleased = true;
    }
  };
  expect((await readAll(texts())).error?.code).toBe('FORMAT_UNKNOWN');
  expect(isReleased).toBe(true);
  await writeFile(path, '');
  expect((await readAll(path)).error?.code).toBe('FILE_CORRUPT');
});

const broken = [
  ['truncated.arrow', {}],
  ['truncated.arrows', { recordBatch: 4 }],
  ['flipped.arrows', { recordBatch: 4 }],
] as const;

describe.skipIf(!hasSharedData)('broken files', () => {
  test.each(broken)('%s is one error', async (name, place) => {
    await copyFile(join(sharedData, 'broken', name), path);
    const output = join(directory, 'out.arrow');
    const written = writeArrow(output)(readArrow(path));
    const expected = { code: 'FILE_CORRUPT', place: { file: path, ...place } };
    await expect(written).rejects.toMatchObject(expected);
    await expect(written).rejects.toThrow(path);
    await expect(readFile(output)).rejects.toHaveProperty('code', 'ENOENT');
  });
});
