import { createReadStream, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { unzstd } from '#toedit/src/compression/unzstd';
import { compressZstd, zstdReady } from '#toedit/src/compression/zstd';
import { unzstdBuffer, zstdChecksumReady } from '#toedit/src/compression/zstd-frame';
import { ToeditError } from '#toedit/src/errors';
import { hasSharedFaults, sharedFaults } from '../../shared-data.ts';

beforeAll(async () => {
  await zstdReady();
  await zstdChecksumReady();
});

/** The same four lines as zstd 1.5.4 compresses a file and a pipe, both with a checksum, the first with the content's size. */
const frames = {
  sized:
    'KLUv/ST39QMA9AN7InRleHQiOiAiYmpkYWRnIGZkaWQgY2FhZGdlIGNnY2IifQpqamggYWNiZmhkZyBkY2NqamhlZmlhaGQifQoZADCAsgATIxBEBikQOMrAqQtaMxDCgR0DPiZIuAE8sAUpqwFXCMBWNzID4CuurXqlWtYraC4R7HSkBTcG9dgMFg==',
  streamed:
    'KLUv/QRYfQMAwgQOEsAlHYatOLml3DKlBh76EuGeEGKY1rcWQlS3O9q3z7qR4dLuWothhsukemu+nLDe3xgGIwBImEAVAJBnYgSCyCAFAkcZOHVBawZCOLBjwMcExWsAD2xBilXX2OowvuJ1q+G82utiws4k3box9dgMFg==',
};
const lines = [
  'bjdadg fdid caa caa dge bjdadg dge bjdadg cgcb',
  'caa fdid jjh acbfhdg dcc bjdadg dge dcc jjh',
  'dge jjh efiahd cgcb bjdadg fdid bjdadg cgcb bjdadg',
  'efiahd fdid cgcb bjdadg efiahd bjdadg acbfhdg caa bjdadg',
];
const content = Buffer.from(lines.map((text) => `{"text": "${text}"}\n`).join(''));

async function* chunksOf(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const streamed = (bytes: Uint8Array): Promise<Buffer> => gather(unzstd(chunksOf(bytes), 'x'));
const atOnce = async (bytes: Uint8Array): Promise<Buffer> => Buffer.from(unzstdBuffer(bytes));

describe.each(Object.entries(frames))('a checksummed frame, %s', (_, base64) => {
  const frame = Buffer.from(base64, 'base64');

  test('gives its content', async () => {
    expect(await streamed(frame)).toEqual(content);
    expect(await atOnce(frame)).toEqual(content);
  });

  test.each([
    ['streamed', streamed],
    ['at once', atOnce],
  ])('any bit that flips is an error, or changes nothing, %s', async (_how, read) => {
    let errors = 0;
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const flipped = Uint8Array.from(frame, (byte, i) =>
        i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      );
      const result = await read(flipped).catch((error: unknown) => error);
      if (result instanceof Error) errors += 1;
      else expect(result).toEqual(content);
    }
    // A larger window and reserved bits of the header may pass.
    expect(errors).toBeGreaterThan(8 * frame.length - 40);
  });

  test('is checked between others', async () => {
    const skippable = Buffer.from('5a2a4d1803000000616263', 'hex');
    const joined = Buffer.concat([skippable, compressZstd(content), frame, skippable, frame]);
    const thrice = Buffer.concat([content, content, content]);
    const sizes = fc.integer({ min: 1, max: joined.length });
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        expect(await gather(unzstd(chunksOf(joined, size), 'x'))).toEqual(thrice);
      }),
    );
    expect(await atOnce(joined)).toEqual(thrice);
    joined[joined.length - 1] = (joined.at(-1) ?? 0) ^ 1;
    await expect(streamed(joined)).rejects.toMatchObject({ code: 'FILE_CORRUPT' });
    await expect(atOnce(joined)).rejects.toThrow('checksum');
  });
});

test('a content that is not as long as its frame says is an error', async () => {
  const frame = compressZstd(content);
  // Magic number, descriptor of a single segment, and the size in one byte.
  expect([...frame.subarray(4, 6)]).toEqual([0x20, content.length]);
  frame[5] = content.length + 1;
  await expect(streamed(frame)).rejects.toMatchObject({
    code: 'FILE_CORRUPT',
    message: expect.stringContaining('a frame of 248 bytes has 247') as string,
  });
});

test('a frame that needs a dictionary is an error', async () => {
  const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 0, 1, 0, 0);
  await expect(streamed(frame)).rejects.toThrow('dictionary 7');
});

describe('a frame that declares a window of 2 GiB', () => {
  /** Blocks of one byte each that stand for 128 KiB, after RFC 8878 §3.1.1.2. */
  const frameOf = (blocks: number): Uint8Array => {
    const block = (isLast: boolean) => {
      const header = ((128 * 1024) << 3) | 2 | Number(isLast);
      return [header & 255, (header >> 8) & 255, header >> 16, 0x61];
    };
    const all = Array.from({ length: blocks }, (_, i) => block(i === blocks - 1));
    return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, ...all.flat());
  };

  test.each([1, 64])('is read where its content is short: %i blocks', async (blocks) => {
    const read = await streamed(frameOf(blocks));
    expect(read.equals(Buffer.alloc(blocks * 128 * 1024, 'a'))).toBe(true);
  });

  test('is refused otherwise', async () => {
    const error: unknown = await streamed(frameOf(65)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ToeditError);
    expect(error).toMatchObject({ code: 'FILE_CORRUPT', place: { file: 'x' } });
    expect(String(error)).toContain('a window of 2048 MiB, and up to 128 MiB are read');
  });
});

describe.skipIf(!hasSharedFaults)('files that went wrong', () => {
  const names = hasSharedFaults ? readdirSync(sharedFaults) : [];
  const read = (name: string) => gather(unzstd(createReadStream(`${sharedFaults}${name}`), name));

  test.each(names.filter((name) => name.startsWith('zst-checksum')))('%s', async (name) => {
    await expect(read(name)).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining("a content's checksum differs") as string,
      place: { file: name },
    });
  });

  test.each(names.filter((name) => name.startsWith('zstd-long')))('%s', async (name) => {
    expect(await read(name)).toHaveLength(468);
  });
});
