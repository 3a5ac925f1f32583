import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderProgressBar, renderProgressLine } from '#toedit/src/report/render-progress';

const progress = {
  file: 'corpus/books.parquet',
  fileIndex: 0,
  fileCount: 1,
  filesDone: 0,
  rowsDone: 52,
  rowsTotal: 75,
  share: 52 / 75,
  tokens: 600_000,
  tokensPerSecond: 612.3,
  secondsElapsed: 980,
  etaSeconds: 660,
};

test('a log line says share, ETA, rate, rows, tokens and file', () => {
  expect(renderProgressLine(progress)).toBe(
    'corpus/books.parquet (1 of 1): 69.3 %, ETA 11 min, 612 tokens/s, 52 of 75 rows, 600,000 tokens',
  );
});

test('of many files it counts those that are done', () => {
  expect(renderProgressLine({ ...progress, fileCount: 200, filesDone: 137 })).toContain(
    ' (1 of 200): 69.3 %, ETA 11 min, 612 tokens/s, 137 files done, 52 of 75 rows, ',
  );
});

test('what is not known is left out; the time so far stands for the ETA', () => {
  const unknown = { rowsTotal: null, etaSeconds: null, share: null, tokens: 0, tokensPerSecond: 0 };
  expect(renderProgressLine({ ...progress, ...unknown, secondsElapsed: 12 })).toBe(
    'corpus/books.parquet (1 of 1): 12 s so far, 52 rows, 0 tokens',
  );
});

test('what is not done is not shown as 100 %', () => {
  expect(renderProgressLine({ ...progress, share: 0.9999 })).toContain('99.9 %');
  expect(renderProgressLine({ ...progress, share: 1 })).toContain('100.0 %');
});

test('the bar fills with the share that is through', () => {
  expect(renderProgressBar({ ...progress, share: 0.5 }, 120)).toContain(
    ` ${'━'.repeat(11)}${'─'.repeat(11)} `,
  );
  expect(renderProgressBar({ ...progress, share: 1 }, 120)).toContain(` ${'━'.repeat(22)} `);
  expect(renderProgressBar({ ...progress, share: null }, 120)).not.toMatch(/[━─]/);
});

const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }));
const anyProgress = fc.record({
  ...{ fileIndex: fc.constant(0), fileCount: fc.nat(10 ** 6), filesDone: fc.nat(10 ** 6) },
  ...{ rowsDone: fc.nat(), rowsTotal: fc.option(fc.nat()), share, tokens: fc.nat() },
  ...{ tokensPerSecond: fc.nat(10 ** 6), secondsElapsed: fc.nat(10 ** 7) },
  etaSeconds: fc.option(fc.nat(10 ** 7)),
  file: fc.string({
    unit: fc.constantFrom('a', '-', '/', '日', '本', 'e\u0301', '😀', ' '),
    maxLength: 300,
  }),
});

/** Wide characters take two columns of a terminal, marks none. */
function columnsOf(text: string): number {
  const bare = text.replaceAll('\u0301', '');
  return Array.from(bare).length + Array.from(bare.matchAll(/[日本😀]/gu)).length;
}

test('the line never reaches the last column, where a terminal would wrap', () => {
  fc.assert(
    fc.property(anyProgress, fc.integer({ min: 0, max: 200 }), (at, columns) => {
      expect(columnsOf(renderProgressBar(at, columns))).toBeLessThanOrEqual(
        Math.max(0, columns - 1),
      );
    }),
  );
});

test('at 80 columns no name costs a number', () => {
  fc.assert(
    fc.property(anyProgress, (at) => {
      const line = renderProgressBar(at, 80);
      const { fileCount, filesDone } = at;
      const number = (count: number): string => count.toLocaleString('en-US');
      const files = fileCount > 1 ? [`${number(filesDone)} of ${number(fileCount)} files`] : [];
      const facts = renderProgressLine({ ...at, file: '' })
        .replace(/^.*?: /, '')
        .split(', ')
        .filter((fact) => !/ tokens?$| done$/.test(fact))
        .filter((fact) => fileCount <= 1 || !fact.endsWith(' rows'))
        .concat(files);
      fc.pre(facts.join('  ').length <= 77);
      for (const fact of facts) expect(line).toContain(fact);
    }),
  );
});

test('a long name loses its extensions, then its middle', () => {
  const file = `in/the-corpus-${'x'.repeat(200)}-part-00017.jsonl.gz`;
  const line = renderProgressBar({ ...progress, file }, 80);
  expect(line).toMatch(/ the-\S*…\S*-00017$/);
  expect(line).toContain('  69.3 %  ━━━━━');
});
