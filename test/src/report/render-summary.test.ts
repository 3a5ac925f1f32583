import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderSummary } from '#toedit/src/report/render-summary';
import { presets } from '#toedit/src/resampling/resampling-options';
import { sampleFailure, sampleSummary } from './sample-summary.ts';

test('the closing text of an edit run', () => {
  expect(renderSummary(sampleSummary, { colour: false })).toBe(
    [
      'edited passages:',
      '  books.parquet row 3: …It was [the→a] fox.…',
      '',
      'done in 23 min: 1 file (1 failed), 75 rows, 1.8 MB, 861,204 tokens',
      '  prior  smollm2-135m, onnx/model.onnx, float32, cpu (2 threads)',
      '  rule   paper: P >= 0.99 redrawn from top 8, seed 0',
      '  eligible 24,117 (2.80 %)   drawn 24,117   changed 178 (0.021 %)   refused 3 (2 UTF-8, 1 special token)',
      '  passed unedited: 3 rows (1 null text, 2 tokenizer mismatch)',
      '  612 tokens/s   padding 3 %   bottleneck: score, busy 98 %   peak memory 1.3 GB   longest stall 12 ms',
      '    read   busy  10 %  waiting   0 %  blocked  90 %',
      '    score  busy  98 %  waiting   1 %  blocked   1 %',
      '  inference  busy 98 % of 23 min',
      '  edited/books.parquet',
    ].join('\n'),
  );
});

test('a score run tells of scored tokens, not of edits', () => {
  const text = renderSummary({ ...sampleSummary, command: 'score' }, { colour: false });
  expect(text).toContain('scored 861,129 tokens');
  expect(text).not.toMatch(/eligible|rule/);
});

test('several engines show what each did', () => {
  const engines = [0.98, 0.5].map((share, i) => ({
    ...{ device: `cuda:${String(i)}`, microBatches: 9, busySeconds: 20 * share },
  }));
  const of = (inference: typeof sampleSummary.inference): string =>
    renderSummary({ ...sampleSummary, inference }, { colour: false });
  expect(of({ seconds: 20, engines })).toContain(
    '  inference  busy 74 % of 20 s: cuda:0 98 %, cuda:1 50 %',
  );
  expect(of({ seconds: 0, engines: [] })).not.toContain('inference');
});

test('deletions and what was left out show where there is any, a line a reason', () => {
  const leftOut = (input: string, message: string) => ({
    ...sampleFailure,
    ...{ input, status: 'skipped' as const, error: { code: 'SKIPPED', message } },
  });
  const files = [leftOut('a', 'hidden'), leftOut('b', 'no data'), leftOut('c', 'hidden')];
  const text = renderSummary({ ...sampleSummary, deleted: 9, files }, { colour: false });
  expect(text).toContain('deleted 9 (0.00 %)');
  expect(text).toMatch(/\n {2}left out a and 1 more: hidden\n {2}left out b: no data$/);
});

test('a small run of the rule as it is says why little changed, and no other run does', () => {
  const options = { ...presets.paper, preset: 'paper', seed: '0' };
  const isExplained = (summary: Partial<typeof sampleSummary>): boolean =>
    renderSummary({ ...sampleSummary, options, ...summary }, { colour: false }).includes(
      '\n  So few changes are the rule at work: ',
    );
  const counts = fc.tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 1, max: 2_000 }));
  fc.assert(
    fc.property(counts, ([tokens, changed]) => {
      expect(isExplained({ tokens, changed, drawn: changed })).toBe(changed < 0.001 * tokens);
    }),
  );
  expect(isExplained({ changed: 0, drawn: 0 })).toBe(false);
  expect(isExplained({ tokens: 1_000_000 })).toBe(false);
  expect(isExplained({ command: 'score' })).toBe(false);
  expect(isExplained({ options: { ...options, temperature: 1.5 } })).toBe(false);
});
