import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logRatios } from '#toedit/src/analysis/features/bucket-measures';
import { featureCounter } from '#toedit/src/analysis/features/feature-counter';
import {
  type FeatureState,
  mergeFeatures,
  newFeatureState,
} from '#toedit/src/analysis/features/feature-state';
import { compareParts, measurePart } from '#toedit/src/analysis/measure-part';
import { newPart, type PartState } from '#toedit/src/analysis/part-state';
import { type ReferenceCorpora, reference, textsOf } from '../../analysis-reference.ts';
import { root } from '../../sandbox.ts';
import { hasSharedData, sharedData } from '../../shared-data.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function countOf(texts: readonly Uint8Array[], maxPairs?: number): FeatureState {
  const counter = featureCounter({ maxPairs });
  for (const text of texts) counter.add(text);
  return counter.state();
}

function partOf(features: FeatureState): PartState {
  return { ...newPart(), features };
}

function digestOf(values: Uint8Array | Float64Array): string {
  return createHash('sha256').update(values).digest('hex');
}

/** Compared at once: arrays of thousands of numbers are not. */
function plainState({ buckets, distinctUnigrams, distinctBigrams, ...others }: FeatureState) {
  const arrays = [buckets, distinctUnigrams, distinctBigrams].map(digestOf);
  return { ...others, arrays };
}

/** The features of a text, said as plainly as can be. */
function plainFeatures(text: string): { unigrams: string[]; bigrams: string[] } {
  const space =
    '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
  const pattern = new RegExp(`[\\p{L}\\p{N}_]+|[^\\p{L}\\p{N}_${space}]+`, 'gu');
  const unigrams: string[] = text.toLowerCase().match(pattern) ?? [];
  const bigrams = unigrams.slice(1).map((token, index) => `${unigrams[index] ?? ''} ${token}`);
  return { unigrams, bigrams };
}

function plainBucket(feature: string): number {
  const digest = createHash('sha256').update(feature).digest('hex');
  return Number(BigInt(`0x${digest}`) % 10_000n);
}

const characters = fc.oneof(
  fc.constantFrom(...'aAbB .,_1\n\u0085\u001c\ufeffΣİ²ि—'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const someText = fc.oneof(
  fc.array(characters, { maxLength: 60 }).map((all) => all.join('')),
  fc
    .array(fc.constantFrom('the', 'cat', 'x'.repeat(60), '-', 'É'), { maxLength: 40 })
    .map((all) => all.join(' ')),
);

test('counts what a plain reading of the definition counts', () => {
  fc.assert(
    fc.property(fc.array(someText, { maxLength: 8 }), (texts) => {
      const state = countOf(texts.map(utf8));
      const all = texts.map(plainFeatures);
      const unigrams = all.flatMap((each) => each.unigrams);
      const bigrams = all.flatMap((each) => each.bigrams);
      const buckets = new Float64Array(10_000);
      for (const feature of [...unigrams, ...bigrams]) {
        const bucket = plainBucket(feature);
        buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      }
      expect(digestOf(state.buckets)).toBe(digestOf(buckets));
      expect(state).toMatchObject({ unigrams: unigrams.length, bigrams: bigrams.length });
      const counts = new Map<string, number>();
      for (const bigram of bigrams) {
        if (Buffer.byteLength(bigram) <= 128) counts.set(bigram, (counts.get(bigram) ?? 0) + 1);
      }
      expect(state.frequent).toEqual({ counts, undercount: 0 });
      const { features } = measurePart(partOf(state));
      expect(features.distinctUnigrams).toBeCloseTo(new Set(unigrams).size, -1);
      expect(features.distinctBigrams).toBeCloseTo(new Set(bigrams).size, -1);
    }),
    { numRuns: 100 },
  );
});

test('states of parts, merged, are the state of the whole, however little a counter remembers', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(someText, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      (parts, maxPairs) => {
        const whole = countOf(parts.flat().map(utf8));
        const merged = newFeatureState();
        for (const part of parts) mergeFeatures(merged, countOf(part.map(utf8), maxPairs));
        expect(plainState(merged)).toEqual(plainState(whole));
      },
    ),
  );
});

test('no bigram is met more often than its count and the undercount', () => {
  const words = Array.from({ length: 400 }, (_, index) => `w${index.toString(36)}`);
  let state = 7;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const texts = Array.from({ length: 20 }, () =>
    Array.from({ length: 2000 }, () => words[Math.floor(draw() ** 2 * 400)] ?? '').join(' '),
  );
  const exact = countOf(texts.map(utf8)).frequent;
  expect(exact.undercount).toBeGreaterThan(0);
  const counts = new Map<string, number>();
  for (const bigram of texts.flatMap((text) => plainFeatures(text).bigrams)) {
    counts.set(bigram, (counts.get(bigram) ?? 0) + 1);
  }
  const merged = newFeatureState();
  for (const text of texts) mergeFeatures(merged, countOf([utf8(text)], 512));
  for (const { frequent } of [{ frequent: exact }, merged]) {
    for (const [bigram, count] of counts) {
      const found = frequent.counts.get(bigram) ?? 0;
      expect(found).toBeLessThanOrEqual(count);
      expect(count).toBeLessThanOrEqual(found + frequent.undercount);
    }
  }
});

test.each(reference.hostile)('buckets of $text are those of Python', ({ text, counts }) => {
  const { buckets } = countOf([utf8(text)]);
  const filled = [...buckets.entries()].filter(([, count]) => count > 0);
  expect(filled).toEqual(counts);
});

async function expectReference(directory: string, expected: ReferenceCorpora): Promise<void> {
  const states = new Map<string, { texts: readonly Uint8Array[]; state: FeatureState }>();
  for (const [name, set] of Object.entries(expected.sets)) {
    const texts = await textsOf(join(directory, name));
    const state = countOf(texts);
    states.set(name, { texts, state });
    const { features } = measurePart(partOf(state));
    const {
      countsSha256,
      entropy,
      gini,
      topMass,
      topBigrams,
      distinctUnigrams,
      distinctBigrams,
      ...counts
    } = set;
    expect(features).toMatchObject(counts);
    expect(digestOf(state.buckets)).toBe(countsSha256);
    expect(features.entropy).toBeCloseTo(entropy, 9);
    expect(features.gini).toBeCloseTo(gini, 9);
    expect(features.topMass).toBeCloseTo(topMass, 12);
    expect(Math.abs(features.distinctUnigrams / distinctUnigrams - 1)).toBeLessThan(0.025);
    expect(Math.abs(features.distinctBigrams / distinctBigrams - 1)).toBeLessThan(0.025);
    expect(features.topBigrams.map(({ bigram, count }) => [bigram, count])).toEqual(topBigrams);
  }
  for (const [name, comparison] of Object.entries(expected.comparisons)) {
    const raw = states.get(name);
    const target = states.get(expected.target);
    if (raw === undefined || target === undefined) throw new Error(`no ${name}`);
    const found = compareParts(
      { name, state: partOf(raw.state) },
      { name: expected.target, state: partOf(target.state) },
    );
    // Python compares target with raw; the divergence of a set is from it to the reference.
    const reversed = compareParts(
      { name: expected.target, state: partOf(target.state) },
      { name, state: partOf(raw.state) },
    );
    expect(found.jensenShannon).toBeCloseTo(comparison.jensenShannon, 10);
    expect(reversed.divergence).toBeCloseTo(comparison.divergence, 10);
    const ratios = logRatios(target.state.buckets, raw.state.buckets);
    const weigher = featureCounter({ weights: ratios });
    raw.texts.slice(0, 50).forEach((text, index) => {
      const wanted = comparison.logWeights[index] ?? Number.NaN;
      const weight = weigher.add(text);
      expect(Math.abs(weight - wanted)).toBeLessThan(1e-9 * Math.max(1, Math.abs(wanted)));
    });
  }
}

describe('corpora, as Python measures them', () => {
  test('the sample corpus', async () => {
    await expectReference(join(root, 'examples/corpus'), reference.sample);
  });

  test.skipIf(!hasSharedData)('the shared data', async () => {
    await expectReference(sharedData, reference.shared);
  });
});
