import fc from 'fast-check';
import { compressSync } from 'lz4-napi';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  compressBody,
  decompressBody,
  pageCodecsReady,
} from '#toedit/src/parquet/pages/page-codecs';

beforeAll(pageCodecsReady);

const codecs = [0, 1, 2, 4, 5, 6, 7];

test.for(codecs)('codec %i gives back what it was given', (codec) => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.tuple(fc.string(), fc.nat(5000)).map(([text, n]) => Buffer.from(text.repeat(n))),
  );
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const content = decompressBody(codec, compressBody(codec, bytes), bytes.length);
      expect(Buffer.compare(content, bytes)).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test.for(codecs)('codec %i is refused where the header says another size', (codec) => {
  const bytes = Buffer.from('a text that repeats '.repeat(50));
  const body = compressBody(codec, bytes);
  for (const size of [bytes.length - 1, bytes.length + 1, 1]) {
    expect(() => decompressBody(codec, body, size)).toThrow(
      /is damaged|its header says|cannot hold/,
    );
  }
});

describe('the deprecated LZ4', () => {
  const bytes = Buffer.alloc(300_000, 'text and more text; ');

  test('is framed in blocks that fit the buffer of 256 KiB that Hadoop has', () => {
    const framed = Buffer.from(compressBody(5, bytes));
    expect(framed.readUInt32BE(0)).toBe(128 * 1024);
    const first = framed.readUInt32BE(4);
    expect(framed.readUInt32BE(8 + first)).toBe(128 * 1024);
  });

  test('is read without a frame, as old parquet-cpp wrote it', () => {
    const bare = compressSync(bytes).subarray(4);
    expect(Buffer.compare(decompressBody(5, bare, bytes.length), bytes)).toBe(0);
  });
});

test('LZO and unknown codecs are refused by name', () => {
  expect(() => decompressBody(3, new Uint8Array(9), 9)).toThrow('LZO, which toedit cannot read');
  expect(() => compressBody(99, new Uint8Array(9))).toThrow('99, which does not exist');
});
