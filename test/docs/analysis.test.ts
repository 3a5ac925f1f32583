import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  bucketMeasures,
  divergence,
  jensenShannon,
  logRatios,
} from '#toedit/src/analysis/features/bucket-measures';
import { featureCounter } from '#toedit/src/analysis/features/feature-counter';
import { selectionNoise } from '#toedit/src/analysis/importance';
import { valueOf } from '#toedit/src/analysis/scores/exact-sum';
import { measurePositions } from '#toedit/src/analysis/scores/position-bins';
import { addScores, newScoreState } from '#toedit/src/analysis/scores/score-state';
import { type ReferencePositions, reference } from '../analysis-reference.ts';

const page = readFileSync(new URL('../../docs/analysis.md', import.meta.url), 'utf8');

/** The vectors of that name on the page, which are those that Python computed. */
function vectors(name: string): unknown[] {
  const block = page.match(new RegExp(`\`\`\`json ${name}\\n(.*?)\`\`\``, 's'))?.[1];
  const found = JSON.parse(block ?? `"no vectors ${name}"`) as unknown[];
  expect(found).toEqual(reference.vectors[name]);
  return found;
}

interface FeatureVector {
  readonly text: string;
  readonly features: readonly (readonly [feature: string, bucket: number])[];
}

interface BucketVector {
  readonly counts: readonly number[];
  readonly entropy: number;
  readonly gini: number;
  readonly reference: readonly number[];
  readonly jensenShannon: number;
  readonly divergence: number;
  readonly logRatios: readonly number[];
}

interface ScoreVector {
  readonly logprobs: readonly (number | null)[];
  readonly bytes: number;
  readonly perplexity: number;
  readonly bin: number;
  readonly bitsPerByte: number;
}

interface PositionVector {
  readonly tokens: number;
  readonly positions: readonly ReferencePositions[];
}

interface SelectionVector {
  readonly seed: string;
  readonly file: string;
  readonly row: number;
  readonly noise: number;
}

describe('docs/analysis.md', () => {
  test.each(vectors('features') as FeatureVector[])('features of $text', ({ text, features }) => {
    const counter = featureCounter();
    counter.add(new TextEncoder().encode(text));
    const expected = new Float64Array(10_000);
    for (const [feature, bucket] of features) {
      expected[bucket] = (expected[bucket] ?? 0) + 1;
      const digest = BigInt(`0x${createHash('sha256').update(feature).digest('hex')}`);
      expect(Number(digest % 10_000n)).toBe(bucket);
    }
    expect(counter.state().buckets).toEqual(expected);
  });

  test.each(vectors('buckets') as BucketVector[])('measures of $counts', (vector) => {
    const [counts, other] = [vector.counts, vector.reference].map((all) => Float64Array.from(all));
    if (counts === undefined || other === undefined) throw new Error('no counts');
    const { entropy, gini } = bucketMeasures(counts);
    expect(entropy).toBeCloseTo(vector.entropy, 12);
    expect(gini).toBeCloseTo(vector.gini, 12);
    expect(jensenShannon(counts, other)).toBeCloseTo(vector.jensenShannon, 12);
    expect(divergence(counts, other)).toBeCloseTo(vector.divergence, 12);
    logRatios(counts, other).forEach((ratio, bucket) => {
      expect(ratio).toBeCloseTo(vector.logRatios[bucket] ?? Number.NaN, 12);
    });
  });

  test.each(vectors('scores') as ScoreVector[])('scores $logprobs', (vector) => {
    const state = newScoreState();
    const logprobs = Float32Array.from(vector.logprobs, (logprob) => logprob ?? Number.NaN);
    addScores(state, { logprobs, predictedBytes: vector.bytes, file: 'a', row: 3 });
    expect(state.extremes.worst[0]?.perplexity).toBeCloseTo(vector.perplexity, 6);
    expect([...state.perplexities]).toEqual([[vector.bin, 1]]);
    expect(Math.abs(valueOf(state.bitsPerByte) - vector.bitsPerByte)).toBeLessThan(2 ** -20);
  });

  test.each(vectors('positions') as PositionVector[])('positions of $tokens tokens', (vector) => {
    const logprobs = Float32Array.from({ length: vector.tokens }, (_, at) =>
      at === 0 ? Number.NaN : -((7 * at) % 32) / 256,
    );
    const state = newScoreState();
    addScores(state, { logprobs, predictedBytes: 1, file: 'a', row: 0 });
    const measured = measurePositions(state.positions);
    expect(measured).toHaveLength(vector.positions.length);
    measured.forEach(({ meanLogprob, massAtLeast99, ...counts }, at) => {
      const expected = vector.positions[at];
      expect(expected).toMatchObject(counts);
      expect(meanLogprob ?? 1).toBeCloseTo(expected?.meanLogprob ?? 1, 6);
      expect(massAtLeast99 ?? 2).toBeCloseTo(expected?.massAtLeast99 ?? 2, 12);
    });
  });

  test.each(vectors('selection') as SelectionVector[])('noise of $file at $row', (vector) => {
    const { seed, file, row, noise } = vector;
    expect(selectionNoise(BigInt(seed))(file)(row)).toBeCloseTo(noise, 12);
  });
});
