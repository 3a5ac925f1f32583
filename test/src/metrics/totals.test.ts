import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editCountNames, passReasons } from '#toedit/src/columns';
import {
  addTotals,
  emptyTotals,
  parseTotals,
  probabilityBins,
  type RunTotals,
  serializeTotals,
  tenBins,
} from '#toedit/src/metrics/totals';

const count = fc.nat();
const bins = probabilityBins.length;

function counters<Name extends string>(names: readonly Name[]) {
  const entries = names.map((name) => [name, count] as const);
  return fc.record(Object.fromEntries(entries)) as fc.Arbitrary<Record<Name, number>>;
}

const totals: fc.Arbitrary<RunTotals> = fc.record({
  rows: count,
  textBytes: fc.maxSafeNat(),
  tokens: count,
  scoredTokens: count,
  surprise: count,
  omittedLogprobs: count,
  edits: counters(editCountNames),
  passed: counters(passReasons),
  probabilityHistogram: fc.array(count, { minLength: bins, maxLength: bins }),
  smallestMargin: fc.oneof(
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.constant(Number.POSITIVE_INFINITY),
  ),
  microBatches: count,
  halvedMicroBatches: count,
  paddedTokens: count,
  readTokens: count,
  deviceTokens: count,
  deviceBusyMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
});

describe('totals', () => {
  test('are read as they were written, in one line', () => {
    fc.assert(
      fc.property(totals, (given) => {
        const json = serializeTotals(given);
        expect(json).not.toContain('\n');
        expect(parseTotals(json)).toEqual(given);
      }),
    );
    expect(parseTotals(serializeTotals(emptyTotals()))).toEqual(emptyTotals());
  });

  test('add up alike before and after', () => {
    fc.assert(
      fc.property(totals, totals, (one, other) => {
        const whole = emptyTotals();
        addTotals(whole, one);
        addTotals(whole, other);
        expect(whole.rows).toBe(one.rows + other.rows);
        expect(whole.halvedMicroBatches).toBe(one.halvedMicroBatches + other.halvedMicroBatches);
        expect(whole.smallestMargin).toBe(Math.min(one.smallestMargin, other.smallestMargin));
        const read = emptyTotals();
        for (const part of [one, other]) addTotals(read, parseTotals(serializeTotals(part)));
        expect(read).toEqual(whole);
      }),
    );
  });

  test('missing counters are zero; fields of others are ignored', () => {
    const json = '{"rows":3,"edits":{"changed":2},"samples":[]}';
    const { edits } = emptyTotals();
    expect(parseTotals(json)).toEqual({
      ...emptyTotals(),
      rows: 3,
      edits: { ...edits, changed: 2 },
    });
  });

  test.each(['{"rows":"3"}', '{"edits":{"changed":null}}', '{', 'null'])(
    '%s is refused',
    (json) => {
      expect(() => parseTotals(json)).toThrow();
    },
  );
});

test('fine bins fold into ten of width 0.1, and lose no token', () => {
  const counts = fc.array(fc.nat(1000), {
    minLength: probabilityBins.length,
    maxLength: probabilityBins.length,
  });
  fc.assert(
    fc.property(counts, (fine) => {
      const ten = tenBins(fine);
      expect(ten.slice(0, 9)).toEqual(fine.slice(0, 9));
      const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
      expect(ten).toHaveLength(10);
      expect(sum(ten)).toBe(sum(fine));
    }),
  );
});
