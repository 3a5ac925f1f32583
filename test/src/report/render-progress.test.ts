import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderProgressBar, renderProgressLine } from '#toedit/src/report/render-progress';

const progress = {
  file: 'corpus/books.parquet',
  fileIndex: 0,
  fileCount: 3,
  rowsDone: 52,
  rowsTotal: 75,
  tokens: 600_000,
  tokensPerSecond: 612.3,
  secondsElapsed: 980,
  etaSeconds: 660,
};

test('a log line tells file, rows, rate and ETA', () => {
  expect(renderProgressLine(progress)).toBe(
    'corpus/books.parquet (1 of 3): 52 of 75 rows, 612 tokens/s, ETA 11 min',
  );
});

test('what cannot be told is left out', () => {
  expect(renderProgressLine({ ...progress, rowsTotal: null, etaSeconds: null })).toBe(
    'corpus/books.parquet (1 of 3): 52 rows, 612 tokens/s',
  );
});

test('the bar fills with the rows that are through', () => {
  expect(renderProgressBar(progress, 100)).toContain('━━━━━━━━━━━━━━━───────  52 of 75 rows');
  expect(renderProgressBar({ ...progress, rowsDone: 75 }, 100)).toContain(
    `${'━'.repeat(22)}  75 of`,
  );
  expect(renderProgressBar({ ...progress, rowsTotal: 0, rowsDone: 0 }, 100)).toContain('━');
});

test('the bar never reaches the last column, where a terminal would wrap', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 200 }), (file, columns) => {
      const line = renderProgressBar({ ...progress, file }, columns);
      expect(line.length).toBeLessThanOrEqual(Math.max(0, columns - 1));
    }),
  );
});
