import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { decompress } from '#toedit/src/compression/decompress';
import { compressZstd, zstdReady } from '#toedit/src/compression/zstd';
import { ToeditError } from '#toedit/src/errors';

beforeAll(() => zstdReady());

async function* chunksOf(
  bytes: Uint8Array,
  size: number,
  onClose: () => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  } finally {
    onClose();
  }
}

const collect = async (source: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
};

const errorOf = async (result: Promise<unknown>): Promise<ToeditError> => {
  const error: unknown = await result.catch((reason: unknown) => reason);
  if (error instanceof ToeditError) return error;
  throw new Error('expected a ToeditError', { cause: error });
};

const encoders = {
  gzip: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)),
  zstd: (bytes: Uint8Array) => new Uint8Array(compressZstd(bytes)),
};
const parts = fc.array(
  fc
    .record({ unit: fc.uint8Array({ maxLength: 40 }), times: fc.integer({ min: 1, max: 3000 }) })
    .map(({ unit, times }) => new Uint8Array(Buffer.alloc(unit.length * times, unit))),
  { minLength: 1, maxLength: 4 },
);
const text = new TextEncoder().encode('{"text":"some words that go on and on"}\n'.repeat(9000));

describe.each(['gzip', 'zstd'] as const)('decompress %s', (kind) => {
  const encode = encoders[kind];

  test('joins all members, whatever the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 70_000 }), async (plain, size) => {
        const packed = Buffer.concat(plain.map(encode));
        const result = await collect(decompress(chunksOf(packed, size), 'x'));
        expect(Buffer.compare(result, Buffer.concat(plain))).toBe(0);
      }),
    );
  });

  test('data that ends early is an error, wherever it ends', async () => {
    const packed = encode(text);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: packed.length - 1 }), async (length) => {
        const cut = decompress(chunksOf(packed.subarray(0, length), 1000), 'a.jsonl');
        const { message, code, place, cause } = await errorOf(collect(cut));
        expect({ code, place }).toEqual({ code: 'FILE_CORRUPT', place: { file: 'a.jsonl' } });
        expect(message).toContain(`a.jsonl: its ${kind} data is damaged or cut short`);
        expect(cause).toBeInstanceOf(Error);
      }),
    );
  });

  test('data behind the last member is an error', async () => {
    const packed = Buffer.concat([encode(text), Buffer.from('something else')]);
    await expect(collect(decompress(chunksOf(packed, 1000), 'x'))).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
    });
  });

  test('an early return closes the source', async () => {
    let isClosed = false;
    const bytes = decompress(
      chunksOf(encode(text), 64, () => {
        isClosed = true;
      }),
      'x',
    );
    await bytes.next();
    await bytes.return();
    expect(isClosed).toBe(true);
  });

  test('an error of the source passes as it is', async () => {
    const error = new Error('the disk is gone');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield encode(text).subarray(0, 100);
      throw error;
    }
    await expect(collect(decompress(failing(), 'x'))).rejects.toBe(error);
  });
});

test('gzip: zero bytes may follow, but nothing behind them', async () => {
  const member = gzipSync(text);
  const padded = Buffer.concat([member, Buffer.alloc(100_000)]);
  expect(Buffer.compare(await collect(decompress(chunksOf(padded, 999), 'x')), text)).toBe(0);
  const hidden = Buffer.concat([padded, member]);
  const { code, message } = await errorOf(collect(decompress(chunksOf(hidden, 999), 'x')));
  expect(code).toBe('FILE_CORRUPT');
  expect(message).toContain(`other data follows the member that ends at byte ${member.length}`);
});

test('plain bytes pass as they are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.integer({ min: 1, max: 9 }), async (bytes, size) => {
      fc.pre(bytes[0] !== 0x1f && bytes[0] !== 0x28 && (bytes[0] ?? 0) >> 4 !== 5);
      expect(await collect(decompress(chunksOf(bytes, size), 'x'))).toStrictEqual(bytes);
    }),
  );
});
