import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showProgress } from '#toedit/src/cli/display';

const progress = {
  file: 'a.parquet',
  fileIndex: 0,
  fileCount: 1,
  filesDone: 0,
  rowsDone: 1,
  rowsTotal: 2,
  share: 0.5,
  tokens: 10,
  tokensPerSecond: 5,
  secondsElapsed: 2,
  etaSeconds: 20,
};

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function streamOf(isTTY: boolean): {
  written: string[];
  isTTY: boolean;
  columns: number;
  write(text: string): void;
} {
  const written: string[] = [];
  return { written, isTTY, columns: 80, write: (text) => void written.push(text) };
}

function linesOf(seconds: number): number {
  let now = 0;
  const stream = streamOf(false);
  const display = showProgress(stream, () => now);
  for (now = 0; now <= seconds * 1000; now += 500) display.show(progress);
  display.end();
  return stream.written.length;
}

test('in a log, a plain line every ten seconds, then every minute, then every ten minutes', () => {
  expect([9, 10, 35, 60].map(linesOf)).toEqual([0, 1, 3, 6]);
  expect([119, 120, 3600].map(linesOf)).toEqual([6, 7, 65]);
  expect(linesOf(3 * 3600)).toBe(65 + 12);
});

test('a line in a log is whole', () => {
  let now = 0;
  const stream = streamOf(false);
  const display = showProgress(stream, () => now);
  now = 10_000;
  display.show(progress);
  display.print('toedit: a notice');
  expect(stream.written).toEqual([
    'a.parquet (1 of 1): 50.0 %, ETA 20 s, 5 tokens/s, 1 of 2 rows, 10 tokens\n',
    'toedit: a notice\n',
  ]);
});

const drawn = (text: string): boolean => text.startsWith('\r\u001b[K');

test('on a terminal, one line that is drawn over and cleared at the end', () => {
  let now = 0;
  const stream = streamOf(true);
  const display = showProgress(stream, () => now);
  for (now = 0; now < 1000; now += 10) display.show(progress);
  display.end();
  expect(stream.written).toHaveLength(11);
  expect(stream.written.join('')).not.toContain('\n');
  expect(stream.written.every(drawn)).toBe(true);
  expect(stream.written.at(-1)).toBe('\r\u001b[K');
});

test('it counts the seconds by itself, before the first progress too, and not after the end', () => {
  let now = 0;
  const stream = streamOf(true);
  const display = showProgress(stream, () => now);
  const pass = (ms: number): void => {
    now += ms;
    vi.advanceTimersByTime(ms);
  };
  pass(1000);
  expect(stream.written).toEqual(['\r\u001b[K  at work for 1.0 s']);
  display.show(progress);
  pass(3000);
  display.end();
  pass(10_000);
  expect(stream.written.at(-2)).toContain('ETA 17 s');
  expect(stream.written).toHaveLength(5);
});

test('a notice stands on a line of its own', () => {
  const stream = streamOf(true);
  const display = showProgress(stream, () => 0);
  display.show(progress);
  display.print('toedit: a notice');
  display.end();
  expect(stream.written.at(1)).toBe('\r\u001b[Ktoedit: a notice\n');
});

test('a terminal that saw no progress is left alone', () => {
  const stream = streamOf(true);
  showProgress(stream, () => 0).end();
  expect(stream.written).toEqual([]);
});
