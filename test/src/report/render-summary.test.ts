import fc from 'fast-check';
import { expect, test } from 'vitest';
import { probabilityBins } from '#toedit/src/metrics/totals';
import { renderSummary } from '#toedit/src/report/render-summary';
import { presets } from '#toedit/src/resampling/resampling-options';
import { sampleFailure, sampleSuccess, sampleSummary } from './sample-summary.ts';

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
  expect(text).toContain('scored 861,129 tokens   mean ln P -3.081   perplexity 21.78 a token');
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

test('every run that changes nothing, or nearly nothing, says so and what to turn', () => {
  const few = (summary: Partial<typeof sampleSummary>): string =>
    renderSummary({ ...sampleSummary, ...summary, probabilityHistogram: null }, { colour: false });
  const paper = { ...presets.paper, preset: 'paper' };
  const none = { changed: 0, drawn: 5, refused: { utf8: 0, special: 0 } };
  const said = (options: object, summary: Partial<typeof sampleSummary> = none): string =>
    few({ ...summary, options: { ...paper, ...options } });
  expect(said({})).toContain('\n  Nothing changed: a draw at P >= 0.99 nearly always returns');
  expect(said({ temperature: 2, threshold: 0.4, inclusive: false })).toContain(
    'a draw at P > 0.4 nearly always returns the original token. For more: --temperature 3, a lower --threshold or',
  );
  expect(said({}, { ...none, eligible: 0, drawn: 0 })).toContain(
    'Nothing changed: the prior gives no token P >= 0.99. For more: a lower --threshold',
  );
  expect(said({ topK: 1 })).toContain('with --top-k 1 a draw always returns the same token');
  expect(said({ topK: 1, excludeOriginal: true })).toContain('no candidate but the original');
  expect(said({ topP: 0.5 })).toContain('a --top-p above the threshold');
  expect(said({ excludeOriginal: true }, { changed: 5, drawn: 5 })).toContain(
    'Only 0.001 % changed: few tokens have P >= 0.99. For more: a lower --threshold',
  );
  expect(said({}, { ...none, refused: { utf8: 4, special: 0 } })).toContain(
    'most draws were refused',
  );
  const deletes = { ...presets.filtering, preset: 'filtering' };
  expect(few({ options: deletes, ...none, drawn: 0, eligible: 0 })).toContain(
    'Nothing changed: no token has P < 0.001, and no other is deleted. For more: a higher --drop-below.',
  );
  for (const quiet of [
    { deleted: 5000 },
    { interrupted: true },
    { tokens: 0 },
    { changed: 5000 },
  ]) {
    expect(said({}, { ...none, ...quiet })).not.toMatch(/For more/);
  }
});

test('where all scores are there, it shows how P is spread, finely above 0.9', () => {
  const counts = probabilityBins.map((_, bin) => bin * 100);
  const text = renderSummary({ ...sampleSummary, probabilityHistogram: counts }, { colour: false });
  expect(text).toContain(
    [
      '  P(token)            tokens            P or more',
      '    0 to 0.1               0    0.00 %  10,500  100.00 %',
    ].join('\n'),
  );
  expect(text).toContain(
    [
      '    0.9 to 0.95          900    8.57 %   6,900   65.71 %',
      '    0.95 to 0.99       1,000    9.52 %   6,000   57.14 %',
      '    0.99 to 0.999      1,100   10.48 %   5,000   47.62 %',
      '    0.999 to 0.9999    1,200   11.43 %   3,900   37.14 %',
      '    0.9999 to 0.99999  1,300   12.38 %   2,700   25.71 %',
      '    0.99999 to 1       1,400   13.33 %   1,400   13.33 %',
    ].join('\n'),
  );
  expect(renderSummary(sampleSummary, { colour: false })).not.toContain('P(token)');
});

test('many outputs are summed up: the first, how many more, and where', () => {
  const outputs = (count: number, place: (i: number) => string): string => {
    const files = Array.from({ length: count }, (_, i) => ({ ...sampleSuccess, output: place(i) }));
    return (
      renderSummary({ ...sampleSummary, files }, { colour: false }).split(
        /\n {2}inference.*\n/,
      )[1] ?? ''
    );
  };
  const nested = (i: number): string => `edited/${String(i % 2)}/part-${String(i)}.jsonl`;
  expect(outputs(200, nested)).toBe(
    [0, 1, 2].map((i) => `  ${nested(i)}\n`).join('') + '  and 197 more files in edited/',
  );
  expect(outputs(6, (i) => `${String(i)}.jsonl`)).toMatch(/\n {2}and 3 more files in \.\/$/);
  expect(outputs(5, nested).split('\n')).toHaveLength(5);
});

test('where every file failed, nothing is said of work', () => {
  const nothing = {
    rows: 0,
    textBytes: 0,
    tokens: 0,
    files: [sampleFailure],
    stages: [],
    excerpts: [],
  };
  expect(renderSummary({ ...sampleSummary, ...nothing }, { colour: false })).toBe(
    'nothing was done in 23 min: 0 files (1 failed), 0 rows, 0 bytes, 0 tokens',
  );
});

test('a run that was done before says so', () => {
  const text = renderSummary({ ...sampleSummary, tokensHere: 0, stages: [] }, { colour: false });
  expect(text).toContain(
    '\n  nothing was left to do: 861,204 tokens were done before; --overwrite starts',
  );
  expect(text).not.toContain('bottleneck');
});

test('the prior is as busy as its engines, however many files wait for them', () => {
  const stages = [{ name: 'score', busySeconds: 1352.4, waitingSeconds: 9000, blockedSeconds: 0 }];
  expect(renderSummary({ ...sampleSummary, stages }, { colour: false })).toContain(
    'bottleneck: score, busy 98 %',
  );
});

test('what the prior costs is said: windows apart, and a tokenizer that cannot spell many texts', () => {
  const { prior, passed } = sampleSummary;
  const text = renderSummary(
    {
      ...sampleSummary,
      prior: { ...prior, precision: 'int8 (DynamicQuantizeLinear)' },
      passed: { ...passed, tokenizer_mismatch: 8 },
    },
    { colour: false },
  );
  expect(text).toMatch(/int8 has one scale for all .* windows are read one by one/);
  expect(text).toMatch(/no token for some of their characters \(no byte fallback\)/);
});
