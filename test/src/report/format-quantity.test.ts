import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatSeconds,
  formatShare,
  formatTokenRate,
} from '#toedit/src/report/format-quantity';

test('groups thousands and puts nouns in the plural', () => {
  expect(formatCount(861_204)).toBe('861,204');
  expect(formatCounted(1, 'row')).toBe('1 row');
  expect(formatCounted(0, 'row')).toBe('0 rows');
  expect(formatCounted(7557, 'row')).toBe('7,557 rows');
  expect(formatTokenRate(612.4)).toBe('612 tokens/s');
});

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [3_300_000, '3.3 MB'],
  [1_300_000_000, '1.3 GB'],
  [52_000_000, '52 MB'],
  [999_999, '1.0 MB'],
])('%i bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.04, '0.0 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [99.4, '99 s'],
  [100, '2 min'],
  [1380, '23 min'],
  [7500, '2 h 05 min'],
  [360_000, '100 h 00 min'],
])('%f seconds read %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test('bytes never show four digits before their unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 9e14 }), (bytes) => {
      expect(formatBytes(bytes)).toMatch(/^\d{1,3}(\.\d)? [kMGTP]B$/);
    }),
  );
});

test('the share of nothing is zero, not NaN', () => {
  expect(formatShare(0, 0)).toBe('0.00 %');
  expect(formatShare(28, 1000)).toBe('2.80 %');
  expect(formatShare(1, 3, 0)).toBe('33 %');
});
