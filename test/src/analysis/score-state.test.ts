import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareParts, measurePart } from '#toedit/src/analysis/measure-part';
import { newPart, type PartState } from '#toedit/src/analysis/part-state';
import {
  logBin,
  logWasserstein,
  middleOf,
  quantileBin,
} from '#toedit/src/analysis/scores/log-histogram';
import {
  addScores,
  mergeScores,
  newScoreState,
  type ScoreState,
} from '#toedit/src/analysis/scores/score-state';
import { type ReferenceScores, reference, scoredDocuments } from '../../analysis-reference.ts';

type Documents = readonly Float32Array[];

function stateOf(documents: Documents, firstRow = 0): ScoreState {
  const state = newScoreState();
  documents.forEach((logprobs, index) => {
    const predictedBytes = 3 * logprobs.filter((each) => !Number.isNaN(each)).length;
    addScores(state, { logprobs, predictedBytes, file: 'a', row: firstRow + index });
  });
  return state;
}

function partOf(scores: ScoreState): PartState {
  return { ...newPart(), scores };
}

/** Half of a bin, as a ratio. */
const half = Math.exp(0.5 / 256) - 1;

const human = scoredDocuments(1, 400, 2048);
const synthetic = scoredDocuments(2, 300, 512);

describe('scores, as Python measures them', () => {
  const cases: readonly (readonly [string, Documents, ReferenceScores])[] = [
    ['human', human, reference.scores.human],
    ['synthetic', synthetic, reference.scores.synthetic],
  ];

  test.each(cases)('%s', (_name, documents, expected) => {
    const { scores } = measurePart(partOf(stateOf(documents)));
    if (scores === null) throw new Error('no scores');
    expect(scores).toMatchObject({
      documents: expected.documents,
      tokens: expected.tokens,
      predicted: expected.predicted,
      histogram: expected.histogram,
    });
    expect(scores.meanLogprob).toBeCloseTo(expected.meanLogprob, 6);
    expect(scores.entropy).toBeCloseTo(expected.entropy, 12);
    expect(scores.totalVariation).toBeCloseTo(expected.totalVariation, 12);
    const masses = scores.massAtLeast.map(({ share }) => share);
    masses.forEach((share, at) => {
      expect(share).toBeCloseTo(expected.massAtLeast[at] ?? Number.NaN, 12);
    });
    scores.perplexity.quantiles.forEach(({ value }, at) => {
      const exact = expected.quantiles[at] ?? Number.NaN;
      expect(Math.abs(value / exact - 1)).toBeLessThanOrEqual(half + 1e-12);
    });
    expect(scores.bitsPerByte.byteWeighted).toBeCloseTo(expected.byteWeighted, 6);
    expect(scores.bitsPerByte.documentWeighted).toBeCloseTo(expected.documentWeighted, 6);
    scores.positions.forEach(({ meanLogprob, massAtLeast99, ...counts }, at) => {
      const bin = expected.positions[at];
      expect(bin).toMatchObject(counts);
      expect(meanLogprob ?? 1).toBeCloseTo(bin?.meanLogprob ?? 1, 6);
      expect(massAtLeast99 ?? 2).toBeCloseTo(bin?.massAtLeast99 ?? 2, 12);
    });
    expect(scores.worst.map(({ row }) => row)).toEqual(expected.worst);
    expect(scores.best.map(({ row }) => row)).toEqual(expected.best);
  });

  test('compared', () => {
    const found = compareParts(
      { name: 'synthetic', state: partOf(stateOf(synthetic)) },
      { name: 'human', state: partOf(stateOf(human)) },
    ).scores;
    const { referenceAbove99, wasserstein, jensenShannon } = reference.scores.comparison;
    // A document in the bin of the quantile itself may lie on either side of it.
    expect(Math.abs((found?.referenceAbove99 ?? 9) - referenceAbove99)).toBeLessThan(2 / 400);
    expect(Math.abs((found?.wasserstein ?? 9) - wasserstein)).toBeLessThan(1 / 256);
    expect(found?.jensenShannon).toBeCloseTo(jensenShannon, 10);
  });
});

const logprob = fc.oneof(
  fc.constant(Number.NaN),
  fc.double({ min: -12, max: 0, noNaN: true }).map(Math.fround),
  fc.constantFrom(0, Math.fround(Math.log(0.9)), -104),
);
const documents = fc.array(
  fc.array(logprob, { maxLength: 12 }).map((all) => Float32Array.from(all)),
  { maxLength: 25 },
);

test('states of parts, merged in any order, are the state of the whole to the last bit', () => {
  fc.assert(
    fc.property(documents, fc.nat(25), fc.nat(25), (all, one, other) => {
      const [first, second] = [Math.min(one, other), Math.max(one, other)];
      const parts = [
        stateOf(all.slice(second), second),
        stateOf(all.slice(0, first), 0),
        stateOf(all.slice(first, second), first),
      ];
      const merged = newScoreState();
      for (const part of parts) mergeScores(merged, part);
      expect(merged).toEqual(stateOf(all));
      expect(measurePart(partOf(merged))).toEqual(measurePart(partOf(stateOf(all))));
    }),
  );
});

const positive = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), {
  minLength: 1,
  maxLength: 30,
});

function histogramOf(values: readonly number[]): Map<number, number> {
  const histogram = new Map<number, number>();
  for (const value of values) histogram.set(logBin(value), (histogram.get(logBin(value)) ?? 0) + 1);
  return histogram;
}

test('a quantile is off by half a bin at most', () => {
  fc.assert(
    fc.property(positive, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
      const found = middleOf(quantileBin(histogramOf(values), share) ?? Number.NaN);
      expect(Math.abs(Math.log(found / exact))).toBeLessThanOrEqual(0.5 / 256 + 1e-9);
    }),
  );
});

test('the Wasserstein distance is that of the sorted numbers, but for a bin', () => {
  fc.assert(
    fc.property(positive, positive, (one, other) => {
      const repeated = (values: readonly number[], times: number): number[] =>
        values.flatMap((value) => Array.from({ length: times }, () => Math.log(value)));
      const a = repeated(one, other.length).toSorted((x, y) => x - y);
      const b = repeated(other, one.length).toSorted((x, y) => x - y);
      const exact = a.reduce((sum, x, at) => sum + Math.abs(x - (b[at] ?? 0)), 0) / a.length;
      const found = logWasserstein(histogramOf(one), histogramOf(other));
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(1 / 256 + 1e-9);
    }),
  );
});
