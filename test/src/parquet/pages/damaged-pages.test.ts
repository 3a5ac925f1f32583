import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ChunkPlace } from '#toedit/src/parquet/footer/column-chunk';
import { type DecodedPage, decodedPages } from '#toedit/src/parquet/pages/decoded-pages';
import { encodePage } from '#toedit/src/parquet/pages/encode-page';
import { pageCodecsReady } from '#toedit/src/parquet/pages/page-codecs';
import { rawPages } from '#toedit/src/parquet/pages/raw-pages';
import { decodeAll, endsWell, ours } from './ends-well.ts';
import { leafOf, readAtOf } from './leaf-of.ts';

beforeAll(pageCodecsReady);

const codecs = [0, 1, 2, 4, 5, 6, 7];
const styles = [1, 2].flatMap((version) =>
  codecs.map((codec) => ({ version: version as 1 | 2, codec })),
);
const leaf = leafOf({ maxDefinitionLevel: 1 });

function pageOf(codec: number, version: 1 | 2, withChecksum: boolean): Uint8Array {
  const texts = Array.from({ length: 40 }, (_, i) => Buffer.from(`text ${i % 7} `.repeat(i)));
  const definitionLevels = Uint8Array.from([...texts.map(() => 1), 0, 0, 0]);
  const content = {
    repetitionLevels: new Uint8Array(0),
    definitionLevels,
    values: { kind: 'byteArrays', items: texts } as const,
  };
  return encodePage(leaf, codec, content, { version, withChecksum }).bytes;
}

describe('pages that are damaged', () => {
  test.for(styles)('any other byte of a page with a checksum is an error: %o', async (style) => {
    const good = pageOf(style.codec, style.version, true);
    const chunk = { leaf, codec: style.codec, start: 0, values: 43 };
    expect(await decodeAll(good, chunk)).toBe(43);
    const headerLength = await headerLengthOf(good, chunk);
    const damage = fc.tuple(
      fc.integer({ min: headerLength, max: good.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async ([at, flip]) => {
        const bytes = Uint8Array.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        await expect(decodeAll(bytes, chunk)).rejects.toThrow('does not have the checksum');
      }),
      { numRuns: 60 },
    );
  });

  test.for(styles)(
    'other bytes without a checksum end in an error or values: %o',
    async (style) => {
      const good = pageOf(style.codec, style.version, false);
      const chunk = { leaf, codec: style.codec, start: 0, values: 43 };
      const at = fc.integer({ min: 0, max: good.length - 1 });
      // Most bytes are of the body; the header decides on more.
      const place = fc.oneof(at, fc.integer({ min: 0, max: 20 }));
      const damages = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      });
      await fc.assert(
        fc.asyncProperty(damages, async (changes) => {
          const bytes = Uint8Array.from(good);
          for (const [index, value] of changes) bytes[index] = value;
          await endsWell(() => decodeAll(bytes, chunk));
        }),
        { numRuns: 300 },
      );
    },
  );

  test.for(styles)('a page that is cut short is an error: %o', async (style) => {
    const good = pageOf(style.codec, style.version, false);
    const chunk = { leaf, codec: style.codec, start: 0, values: 43 };
    for (let length = 0; length < good.length; length += 7) {
      await expect(decodeAll(good.subarray(0, length), chunk)).rejects.toThrow(ours);
    }
  });
});

async function headerLengthOf(
  bytes: Uint8Array,
  chunk: Omit<ChunkPlace, 'length'>,
): Promise<number> {
  const pages = rawPages(readAtOf(bytes), { length: bytes.length, ...chunk });
  for await (const page of pages) return page.headerBytes.length;
  return 0;
}

describe('claims that cost nothing', () => {
  /** Header of a data page v1: sizes, and how many values. */
  function header(uncompressed: number, compressed: number, entries: number): Uint8Array {
    const varint = (value: number): number[] => {
      const bytes: number[] = [];
      let rest = value * 2;
      for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
      return [...bytes, rest];
    };
    const content = [0x15, ...varint(entries), 0x15, 0, 0x15, 6, 0x15, 6, 0];
    return Uint8Array.from([
      ...[0x15, 0, 0x15, ...varint(uncompressed), 0x15, ...varint(compressed)],
      ...[0x2c, ...content, 0],
    ]);
  }
  const most = 2 ** 31 - 1;
  const body = new Uint8Array(1000).fill(0x5a);
  const page = (uncompressed: number, compressed: number, entries: number) =>
    Buffer.concat([header(uncompressed, compressed, entries), body]);

  test.for(codecs)('of 2 GiB for a body of 1000 bytes, codec %i', async (codec) => {
    const before = process.memoryUsage().rss;
    const chunk = { leaf, codec, start: 0, values: 10 };
    await expect(decodeAll(page(most, 1000, 10), chunk)).rejects.toThrow(
      /cannot hold|is damaged|holds 0 bytes/,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  test('of more bytes than the chunk has', async () => {
    const chunk = { leaf, codec: 0, start: 0, values: 10 };
    await expect(decodeAll(page(most, most, 10), chunk)).rejects.toThrow('where 1000 are left');
  });

  test('of more values than the chunk has, or than a page can have', async () => {
    const chunk = { leaf, codec: 0, start: 0, values: 10 };
    await expect(decodeAll(page(1000, 1000, 11), chunk)).rejects.toThrow('where there can be 10');
    await expect(decodeAll(page(1000, 1000, most), { ...chunk, values: most })).rejects.toThrow(
      `where there can be ${2 ** 26}`,
    );
  });

  test('of a header without an end', async () => {
    const chunk = { leaf, codec: 0, start: 0, values: 10 };
    await expect(decodeAll(new Uint8Array(3e6).fill(0x15), chunk)).rejects.toThrow('page header');
  });
});

test('a header may be longer than what is read for it: statistics of long texts', async () => {
  // Field 5 of DataPageHeader, of which field 5 is max_value.
  const long = Buffer.alloc(300_000, 'x');
  const size = [0xe0, 0xa7, 0x12];
  const statistics = Buffer.concat([Uint8Array.of(0x1c, 0x58, ...size), long, Uint8Array.of(0)]);
  const bytes = Buffer.concat([
    Uint8Array.of(0x15, 0, 0x15, 0x0e, 0x15, 0x0e, 0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6),
    statistics,
    Uint8Array.of(0, 0),
    Uint8Array.of(3, 0, 0, 0, 0x61, 0x62, 0x63),
  ]);
  const required = leafOf({ maxDefinitionLevel: 0 });
  const chunk = { leaf: required, codec: 0, start: 0, length: bytes.length, values: 1 };
  const pages: DecodedPage[] = [];
  for await (const page of decodedPages(readAtOf(bytes), chunk)) pages.push(page);
  const [first] = pages;
  expect(first?.values).toMatchObject({ kind: 'byteArrays', items: [Buffer.from('abc')] });
});

test('a chunk is read a page at a time, and not much more', async () => {
  const page = pageOf(0, 1, true);
  const bytes = Buffer.concat(new Array<Uint8Array>(500).fill(page));
  const chunk = { leaf, codec: 0, start: 0, length: bytes.length, values: 500 * 43 };
  const readAt = readAtOf(bytes);
  let read = 0;
  const counted = (position: number, length: number) => {
    read += length;
    return readAt(position, length);
  };
  let pages = 0;
  for await (const { entries } of decodedPages(counted, chunk)) {
    pages++;
    expect(entries).toBe(43);
    expect(read).toBeLessThan(pages * page.length * 1.2 + 2 ** 17);
  }
  expect(pages).toBe(500);
});
