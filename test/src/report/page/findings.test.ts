import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findingsOf } from '#toedit/src/report/page/findings';
import type { RunData } from '#toedit/src/report/page/report-data';
import { sampleCounts, sampleRunData, sampleThroughput } from './sample-run-data.ts';

const textsOf = (given: Partial<RunData>): readonly string[] =>
  findingsOf([sampleRunData(given)]).map(({ severity, text }) =>
    `${severity}: ${text}`.replaceAll('\u00a0', ' '),
  );
const withCounts = (counts: Partial<RunData['counts']>): readonly string[] =>
  textsOf({ counts: { ...sampleCounts, ...counts } });

test('of a run in which nothing is remarkable only the changed share is said', () => {
  expect(textsOf({})).toEqual(['note: 1.000 % of tokens changed at these settings (10 of 1,000).']);
});

test('each changed share meets one rule, which names it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000 }), (changed) => {
      const counts = { ...sampleCounts, tokens: 100_000, drawn: 2 * changed, changed };
      const found = findingsOf([sampleRunData({ counts })]).filter(({ text }) =>
        text.includes('at these settings'),
      );
      const isMany = changed > 5000;
      expect(found).toHaveLength(1);
      expect(found[0]?.severity).toBe(isMany ? 'warning' : 'note');
      expect(found[0]?.text.startsWith('Only ')).toBe(changed < 100);
      expect(found[0]?.raisedBy.replaceAll('\u00a0', ' ')).toContain(
        `${(changed / 1000).toFixed(3)} %`,
      );
    }),
  );
});

describe('rules', () => {
  const counted: readonly (readonly [string, Partial<RunData['counts']>])[] = [
    ['note: 95.0 % of the 200 draws gave the token that was there', { drawn: 200 }],
    ['note: 1 draw (5.0 %) were refused', { refusedUtf8: 1 }],
    ['warning: 2 rows of 100 were set aside', { deadLetters: 2, writtenRows: 98 }],
    [
      'warning: 3.0 % of rows passed unedited; the first reason is not text',
      { passed: { null_text: 1, not_text: 2 } },
    ],
    ['note: A token came within 1.0e-6 of the threshold', { smallestMargin: 1e-6 }],
    ['note: 20 % of what the prior read was padding', { paddedTokens: 250 }],
  ];
  test.each(counted)('%s', (text, counts) => {
    expect(withCounts(counts).filter((found) => found.startsWith(text))).toHaveLength(1);
    expect(withCounts({}).filter((found) => found.startsWith(text))).toHaveLength(0);
  });

  const others: readonly (readonly [string, Partial<RunData>])[] = [
    ['warning: 1 file of 4 failed', { files: { done: 3, failed: 1, pending: 0, skipped: 0 } }],
    [
      'warning: The run is not at its end: 2 files of 5',
      { files: { done: 3, failed: 0, pending: 2, skipped: 0 } },
    ],
    [
      'warning: In its last quarter the run had 40 % of the throughput',
      {
        throughput: {
          ...sampleThroughput,
          rates: sampleThroughput.rates.map((bin, at) => ({ ...bin, rate: at < 15 ? 5 : 2 })),
        },
      },
    ],
    [
      'warning: The stage read is busiest',
      { throughput: { ...sampleThroughput, stages: sampleThroughput.stages.slice(0, 1) } },
    ],
    [
      'note: The prior gives 40 % of tokens a probability of 0.9 or more: with the improbable ones',
      { histogram: { before: [30, 5, 5, 5, 5, 5, 5, 0, 0, 40], omitted: 0, after: null } },
    ],
  ];
  test.each(others)('%s', (text, given) => {
    expect(textsOf(given).filter((found) => found.startsWith(text))).toHaveLength(1);
    expect(textsOf({}).filter((found) => found.startsWith(text))).toHaveLength(0);
  });
});

test('warnings come first', () => {
  const files = { done: 1, failed: 1, pending: 1, skipped: 0 };
  const found = findingsOf([sampleRunData(), sampleRunData({ files, name: 'other' })]);
  const severities = found.map(({ severity }) => severity);
  expect(severities).toEqual(severities.toSorted().toReversed());
  expect(found.map(({ run }) => run)).toContain('other');
});

test('a run of which nothing is known yet says so, and no number is none', () => {
  const counts = Object.fromEntries(Object.keys(sampleCounts).map((name) => [name, 0]));
  const empty = { counts: { ...sampleCounts, ...counts, passed: {}, smallestMargin: null } };
  const histogram = { before: null, omitted: 0, after: null };
  expect(textsOf({ ...empty, histogram, throughput: null })).toEqual([]);
});
