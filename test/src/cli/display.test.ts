import { expect, test } from 'vitest';
import { showProgress } from '#toedit/src/cli/display';

const progress = {
  file: 'a.parquet',
  fileIndex: 0,
  fileCount: 1,
  rowsDone: 1,
  rowsTotal: 2,
  tokens: 10,
  tokensPerSecond: 5,
  secondsElapsed: 2,
  etaSeconds: 2,
};

function streamOf(isTTY: boolean): {
  written: string[];
  isTTY: boolean;
  columns: number;
  write(text: string): void;
} {
  const written: string[] = [];
  return { written, isTTY, columns: 80, write: (text) => void written.push(text) };
}

test('in a log, a plain line at most every ten seconds', () => {
  let now = 0;
  const stream = streamOf(false);
  const display = showProgress(stream, () => now);
  for (now = 0; now <= 35_000; now += 500) display.show(progress);
  display.end();
  expect(stream.written).toEqual(
    Array.from({ length: 3 }, () => 'a.parquet (1 of 1): 1 of 2 rows, 5 tokens/s, ETA 2.0 s\n'),
  );
});

test('on a terminal, one line that is drawn over and cleared at the end', () => {
  let now = 0;
  const stream = streamOf(true);
  const display = showProgress(stream, () => now);
  for (now = 0; now < 1000; now += 10) display.show(progress);
  display.end();
  expect(stream.written).toHaveLength(11);
  expect(stream.written.join('')).not.toContain('\n');
  expect(stream.written.every((text) => text.startsWith('\r\u001b[K'))).toBe(true);
  expect(stream.written.at(-1)).toBe('\r\u001b[K');
});

test('a terminal that saw no progress is left alone', () => {
  const stream = streamOf(true);
  showProgress(stream, () => 0).end();
  expect(stream.written).toEqual([]);
});
