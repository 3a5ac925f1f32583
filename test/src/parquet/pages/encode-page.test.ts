import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Leaf,
  type PageContent,
  type PageValues,
  physicalTypes,
  valueWidth,
} from '#toedit/src/parquet/footer/column-chunk';
import { type DecodedPage, decodedPages } from '#toedit/src/parquet/pages/decoded-pages';
import { type EncodedPage, encodePage } from '#toedit/src/parquet/pages/encode-page';
import { pageCodecsReady } from '#toedit/src/parquet/pages/page-codecs';
import { leafOf, readAtOf } from './leaf-of.ts';

beforeAll(pageCodecsReady);

const codecs = [0, 1, 2, 4, 5, 6, 7];

/** Any leaf, and levels and values that fit it. */
const anyPage: fc.Arbitrary<{ leaf: Leaf; content: PageContent }> = fc
  .record({
    physicalType: fc.constantFrom(...physicalTypes),
    typeLength: fc.integer({ min: 1, max: 20 }),
    maxDefinitionLevel: fc.integer({ min: 0, max: 9 }),
    maxRepetitionLevel: fc.integer({ min: 0, max: 4 }),
  })
  .chain((parts) => {
    const leaf = leafOf(
      parts.physicalType === 'FIXED_LEN_BYTE_ARRAY' ? parts : { ...parts, typeLength: 0 },
    );
    return fc.integer({ min: 0, max: 300 }).chain((entries) => contentOf(leaf, entries));
  });

function contentOf(
  leaf: Leaf,
  entries: number,
): fc.Arbitrary<{ leaf: Leaf; content: PageContent }> {
  const levels = (most: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({
      minLength: most === 0 ? 0 : entries,
      maxLength: most === 0 ? 0 : entries,
      max: most,
    });
  return fc
    .tuple(levels(leaf.maxRepetitionLevel), levels(leaf.maxDefinitionLevel))
    .chain(([repetitionLevels, definitionLevels]) => {
      const most = leaf.maxDefinitionLevel;
      const count =
        most === 0 ? entries : definitionLevels.filter((level) => level === most).length;
      return valuesOf(leaf, count).map((values) => ({
        leaf,
        content: { repetitionLevels, definitionLevels, values },
      }));
    });
}

function valuesOf(leaf: Leaf, count: number): fc.Arbitrary<PageValues> {
  const width = valueWidth(leaf);
  if (width === undefined) {
    const item = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.string().map((text) => Uint8Array.from(Buffer.from(text.repeat(9)))),
    );
    return fc
      .array(item, { minLength: count, maxLength: count })
      .map((items) => ({ kind: 'byteArrays', items }));
  }
  const max = leaf.physicalType === 'BOOLEAN' ? 1 : 255;
  return fc
    .uint8Array({ minLength: count * width, maxLength: count * width, max })
    .map((bytes) => ({ kind: 'fixed', width, count, bytes }));
}

/** Both with arrays of their own, whatever they were views of. */
function plain({ repetitionLevels, definitionLevels, values }: PageContent): unknown {
  return {
    repetitionLevels: [...repetitionLevels],
    definitionLevels: [...definitionLevels],
    values:
      values.kind === 'fixed'
        ? { ...values, bytes: [...values.bytes] }
        : values.items.map((item) => [...item]),
  };
}

async function decode(leaf: Leaf, codec: number, page: EncodedPage): Promise<DecodedPage[]> {
  const place = { leaf, codec, start: 3, length: page.bytes.length, values: page.entries };
  const file = Buffer.concat([Buffer.from('xyz'), page.bytes]);
  const pages: DecodedPage[] = [];
  for await (const decoded of decodedPages(readAtOf(file), place)) pages.push(decoded);
  return pages;
}

test('any page is decoded as it was encoded, in every codec and version', async () => {
  const styles = fc.record({
    version: fc.constantFrom(1 as const, 2 as const),
    withChecksum: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      anyPage,
      styles,
      fc.constantFrom(...codecs),
      async ({ leaf, content }, style, codec) => {
        const encoded = encodePage(leaf, codec, content, style);
        const [page] = await decode(leaf, codec, encoded);
        expect(encoded.compressedSize).toBe(encoded.bytes.length);
        if (page === undefined) {
          expect(encoded.entries).toBe(0);
          return;
        }
        expect(page).toMatchObject({
          version: style.version,
          hasChecksum: style.withChecksum,
          entries: encoded.entries,
          rows: encoded.rows,
        });
        expect(plain(page)).toEqual(plain(content));
      },
    ),
    { numRuns: 400 },
  );
});

describe('what a page says of itself', () => {
  const leaf = leafOf({ maxDefinitionLevel: 2, maxRepetitionLevel: 1 });
  const items = ['a', 'bc'].map((text) => Buffer.from(text));
  const content: PageContent = {
    repetitionLevels: Uint8Array.of(0, 1, 0, 0),
    definitionLevels: Uint8Array.of(2, 2, 1, 0),
    values: { kind: 'byteArrays', items },
  };

  test('rows begin where nothing is repeated, and entries without a value are nulls', () => {
    const page = encodePage(leaf, 0, content, { version: 1, withChecksum: false });
    expect(page).toMatchObject({ entries: 4, rows: 3, nulls: 2 });
    expect(page.uncompressedSize).toBe(page.bytes.length);
  });

  test('levels that do not fit the values are refused', () => {
    const values: PageValues = { kind: 'byteArrays', items: [] };
    expect(() =>
      encodePage(leaf, 0, { ...content, values }, { version: 2, withChecksum: false }),
    ).toThrow(RangeError);
  });

  test('a codec that nothing reads is refused', () => {
    expect(() => encodePage(leaf, 3, content, { version: 1, withChecksum: false })).toThrow('LZO');
  });
});
