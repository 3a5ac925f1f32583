import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planWindows, type Window, type WindowOptions } from '#toedit/src/inference/pack-windows';

const options: fc.Arbitrary<WindowOptions> = fc
  .record({ windowTokens: fc.integer({ min: 8, max: 300 }), bos: fc.boolean() })
  .chain(({ windowTokens, bos }) =>
    fc
      .integer({ min: 1, max: windowTokens - 2 })
      .map((minContextTokens) => ({ windowTokens, minContextTokens, bos })),
  );
const tokenCount = fc.integer({ min: 0, max: 2000 });

function holds(check: (windows: Window[], count: number, options: WindowOptions) => void): void {
  fc.assert(
    fc.property(tokenCount, options, (count, given) => {
      check(planWindows(count, given), count, given);
    }),
  );
}

describe('planWindows', () => {
  test('scores each token exactly once, but a first one without BOS', () => {
    holds((windows, count, { bos }) => {
      const scored = windows.flatMap(({ scoredFrom, end }) =>
        Array.from({ length: end - scoredFrom }, (_, i) => scoredFrom + i),
      );
      const first = bos ? 0 : 1;
      expect(scored).toEqual(
        Array.from({ length: Math.max(0, count - first) }, (_, i) => first + i),
      );
    });
  });

  test('keeps to the window size, BOS included', () => {
    holds((windows, count, { windowTokens, bos }) => {
      for (const { start, end } of windows) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(count);
        expect(end - start + (bos ? 1 : 0)).toBeLessThanOrEqual(windowTokens);
      }
    });
  });

  test('gives each token beyond the first window the context asked for', () => {
    holds((windows, _, { minContextTokens }) => {
      expect(windows[0]?.start ?? 0).toBe(0);
      for (const { start, scoredFrom } of windows.slice(1)) {
        expect(scoredFrom - start).toBe(minContextTokens);
      }
    });
  });

  test('fills all windows but the last', () => {
    holds((windows, _, { windowTokens, bos }) => {
      for (const { start, end } of windows.slice(0, -1)) {
        expect(end - start + (bos ? 1 : 0)).toBe(windowTokens);
      }
    });
  });

  test('a longer document begins with the same windows', () => {
    fc.assert(
      fc.property(tokenCount, tokenCount, options, (a, b, given) => {
        const shorter = planWindows(Math.min(a, b), given).slice(0, -1);
        const longer = planWindows(Math.max(a, b), given);
        expect(longer.slice(0, shorter.length)).toEqual(shorter);
      }),
    );
  });

  test('examples', () => {
    const plan = (count: number, bos: boolean) =>
      planWindows(count, { windowTokens: 8, minContextTokens: 3, bos }).map(
        ({ start, end, scoredFrom }) => [start, end, scoredFrom],
      );
    expect(plan(0, true)).toEqual([]);
    expect(plan(1, false)).toEqual([]);
    expect(plan(1, true)).toEqual([[0, 1, 0]]);
    expect(plan(8, false)).toEqual([[0, 8, 1]]);
    expect(plan(8, true)).toEqual([
      [0, 7, 0],
      [4, 8, 7],
    ]);
    expect(plan(20, false)).toEqual([
      [0, 8, 1],
      [5, 13, 8],
      [10, 18, 13],
      [15, 20, 18],
    ]);
  });
});
