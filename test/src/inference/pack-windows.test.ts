import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultBatching } from '#toedit/src/inference/engine-options';
import {
  type DocumentWindow,
  halvesOf,
  microBatchOf,
  type PackedWindows,
  packedTokens,
  packWindows,
} from '#toedit/src/inference/pack-windows';

/** A window over a document of random ids above 0, for padding and BOS are smaller here. */
const window: fc.Arbitrary<DocumentWindow> = fc
  .tuple(
    fc.array(fc.integer({ min: 2, max: 999 }), { minLength: 1, maxLength: 40 }),
    fc.nat(),
    fc.nat(),
    fc.nat(),
  )
  .map(([ids, a, b, c]) => {
    const start = a % ids.length;
    const end = start + 1 + (b % (ids.length - start));
    return {
      ...{ document: c, tokenIds: Int32Array.from(ids), start, end },
      scoredFrom: start + (c % (end - start)),
    };
  });
const windows = fc.array(window, { maxLength: 60 });
const options = fc.record({
  maxBatchTokens: fc.integer({ min: 1, max: 200 }),
  runTokens: fc.integer({ min: 0, max: 99 }),
  bosTokenId: fc.constantFrom(null, 1),
});
const length = ({ start, end }: DocumentWindow, bos: number | null) =>
  end - start + (bos === null ? 0 : 1);

describe('packWindows', () => {
  test('packs all windows once', () => {
    fc.assert(
      fc.property(windows, options, (given, packing) => {
        const packed = packWindows(given, packing).flatMap((pack) => pack.windows);
        expect(packed).toHaveLength(given.length);
        expect(new Set(packed)).toEqual(new Set(given));
      }),
    );
  });

  test('keeps the budget, unless a window alone is beyond it', () => {
    fc.assert(
      fc.property(windows, options, (given, packing) => {
        for (const pack of packWindows(given, packing)) {
          const lengths = pack.windows.map((each) => length(each, packing.bosTokenId));
          expect(pack.width).toBe(Math.max(...lengths));
          if (pack.windows.length === 1) continue;
          expect(pack.windows.length * pack.width).toBeLessThanOrEqual(packing.maxBatchTokens);
        }
      }),
    );
  });

  test('runs the longest first, and windows of one length in their order', () => {
    fc.assert(
      fc.property(windows, options, (given, packing) => {
        const packed = packWindows(given, packing).flatMap((pack) => pack.windows);
        const order = (each: DocumentWindow) => [
          length(each, packing.bosTokenId),
          given.indexOf(each),
        ];
        packed.slice(1).forEach((next, i) => {
          const [a = 0, at = 0] = order(packed[i] as DocumentWindow);
          const [b = 0, bt = 0] = order(next);
          expect(a > b || (a === b && at < bt)).toBe(true);
        });
      }),
    );
  });

  test('pads little: under 5 % for 200 windows of 1 to 200 tokens', () => {
    const many = Array.from({ length: 200 }, (_, i) => {
      const tokens = 1 + ((i * 7919) % 200);
      return {
        document: i,
        tokenIds: new Int32Array(tokens),
        start: 0,
        end: tokens,
        scoredFrom: 0,
      };
    });
    const packs = packWindows(many, { ...defaultBatching, bosTokenId: null });
    const total = packs.reduce((sum, pack) => sum + packedTokens(pack), 0);
    const useful = many.reduce((sum, { end }) => sum + end, 0);
    expect((total - useful) / total).toBeLessThan(0.05);
  });
});

test('halvesOf splits packed windows in their order, each half as wide as its longest', () => {
  const some = fc.array(window, { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(some, options, (given, packing) => {
      const whole = { ...packing, maxBatchTokens: 1e9, runTokens: 1e6 };
      const [pack] = packWindows(given, whole) as [PackedWindows];
      const [first, second] = halvesOf(pack, packing) as [PackedWindows, PackedWindows];
      expect([...first.windows, ...second.windows]).toEqual(pack.windows);
      expect(first.windows.length - second.windows.length).toBeOneOf([0, 1]);
      for (const half of [first, second]) {
        const lengths = half.windows.map((each) => length(each, packing.bosTokenId));
        expect(half.width).toBe(Math.max(...lengths));
      }
    }),
  );
});

test('microBatchOf puts BOS before, padding behind, and spans where the scored tokens stand', () => {
  fc.assert(
    fc.property(fc.array(window, { minLength: 1, maxLength: 8 }), options, (given, packing) => {
      const bos = packing.bosTokenId;
      const width = Math.max(...given.map((each) => length(each, bos))) + 2;
      const asked = { ...packing, logThreshold: -0.5, topK: 3 };
      const batch = microBatchOf({ width, windows: given }, asked);
      expect(batch).toMatchObject({ size: given.length, width, logThreshold: -0.5, topK: 3 });
      given.forEach(({ tokenIds, start, end, scoredFrom }, i) => {
        const row = [...batch.tokenIds.subarray(i * width, (i + 1) * width)];
        const tokens = [...(bos === null ? [] : [bos]), ...tokenIds.subarray(start, end)];
        expect(row).toEqual([...tokens, ...new Array<number>(width - tokens.length).fill(0)]);
        const [from, to] = batch.spans.subarray(2 * i, 2 * i + 2);
        expect(row.slice(from, to)).toEqual([...tokenIds.subarray(scoredFrom, end)]);
      });
    }),
  );
});
