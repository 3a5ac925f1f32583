import { cpSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { omitLogprobs } from '#toedit/src/inference/worker/rejection-rule';
import {
  expectedScores,
  fixtureModel,
  fixtureValues,
  greatestDifference,
  openFixture,
  prefixBatch,
} from '../../fixture-models.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-open-model-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const appended = ['mixed', 'gemm-reshape', 'gemm-flat', 'half-mixed'];
const halfPrecision = ['half-hidden', 'half-logits', 'half-mixed'];
const usable = Object.keys(fixtureValues.tables).filter((name) => !name.startsWith('external'));
const lengths = [12, 7, 2];
const logThreshold = Math.fround(Math.log(0.1));

/** A number in the widest gap between two neighbours of the greater half: no rounding takes a logprob across it. */
function middleOf(logprobs: Float32Array): number {
  const falling = [...logprobs].sort((a, b) => b - a).slice(0, logprobs.length / 2);
  const gaps = falling.map((logprob, i) => logprob - (falling[i + 1] ?? logprob));
  const at = gaps.indexOf(Math.max(...gaps));
  return Math.fround(((falling[at] ?? 0) + (falling[at + 1] ?? 0)) / 2);
}

describe('scores of float64 references', () => {
  test.each(usable)('%s', async (name) => {
    const { engines, notSplit } = await openFixture(fixtureModel(name));
    try {
      expect(notSplit === null).toBe(!appended.includes(name));
      const tolerance = halfPrecision.includes(name) ? 0.02 : 2e-5;
      const between = middleOf(expectedScores(name, lengths, 0).logprobs);
      const expected = expectedScores(name, lengths, between);
      const scores = await engines.score(prefixBatch(lengths, between));
      expect(expected.selected).not.toHaveLength(0);
      expect(greatestDifference(expected.logprobs, scores.logprobs)).toBeLessThan(tolerance);
      expect(scores.selected).toEqual(expected.selected);
      expect(scores.topIds).toEqual(expected.topIds);
      expect(greatestDifference(expected.topLogprobs, scores.topLogprobs)).toBeLessThan(tolerance);
    } finally {
      await engines.close();
    }
  });

  test.each(usable)('%s, those of eligible tokens alone', async (name) => {
    const { engines } = await openFixture(fixtureModel(name));
    try {
      for (const limit of [logThreshold, Math.fround(Math.log(1e-8)), Number.POSITIVE_INFINITY]) {
        const all = await engines.score(prefixBatch(lengths, limit));
        omitLogprobs(all.logprobs, limit);
        const eligible = { ...prefixBatch(lengths, limit), scores: 'eligible' } as const;
        const scores = await engines.score(eligible);
        expect({ ...scores, busyMs: 0 }).toEqual({ ...all, busyMs: 0 });
      }
    } finally {
      await engines.close();
    }
  });

  test.each(['plain', 'mixed'])('%s, without candidates', async (name) => {
    const { engines } = await openFixture(fixtureModel(name));
    const scores = await engines.score(prefixBatch(lengths, Number.POSITIVE_INFINITY));
    expect(scores).toMatchObject({ selected: new Int32Array(0), topIds: new Int32Array(0) });
    expect(scores.logprobs).toHaveLength(11 + 6 + 1);
    await engines.close();
  });

  test('head rows in chunks of bounded logits', async () => {
    const many = Array.from({ length: 40 }, () => 12);
    const expected = expectedScores('plain', many, logThreshold);
    // 16 rows of 32 float32 logits: the least chunk, of 440 rows.
    const { engines } = await openFixture(fixtureModel('plain'), { logitsBytes: 1 });
    const scores = await engines.score(prefixBatch(many, logThreshold));
    expect(greatestDifference(expected.logprobs, scores.logprobs)).toBeLessThan(2e-5);
    expect(scores.selected).toEqual(expected.selected);
    expect(scores.topIds).toEqual(expected.topIds);
    await engines.close();
  });
});

describe('refuses', () => {
  test.each([
    ['old-operators', /old-operators\.onnx uses ONNX operator set 11: export it with .* 13/],
    ['no-logits', /no-logits\.onnx has no output named logits \(it has scores, hidden\)/],
    [
      'unknown-input',
      /unknown-input\.onnx: it has a static cache.* \(input cache_position \[.*\]\): take/,
    ],
    ['unknown-operator', /unknown-operator\.onnx.*Mystery/],
  ])('%s', async (name, message) => {
    await expect(openFixture(fixtureModel(name))).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });

  test.each([
    ['empty', ''],
    ['text', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'],
    ['html', '<!doctype html>\n<title>Not found</title>'],
  ])('%s', async (name, content) => {
    const path = join(directory, `${name}.onnx`);
    writeFileSync(path, content);
    await expect(openFixture(path)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(`${path}: it is not an ONNX file`) as string,
    });
  });

  test('a truncated file', async () => {
    const path = join(directory, 'truncated.onnx');
    cpSync(fixtureModel('plain'), path);
    truncateSync(path, 3000);
    await expect(openFixture(path)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(path) as string,
    });
  });

  test.each([
    ['last-hidden', /its hidden state has shape \[1,1,16\] for 1 windows of 3 tokens: export/],
    ['last-hidden-mixed', /it gives logits of 1 tokens where 3 were read: export/],
    ['last-logits', /does not score three tokens: /],
    ['not-a-number', /it gives no number for 1 of 1 tokens: use an export of higher precision/],
  ])('%s, which scores nothing', async (name, message) => {
    await expect(openFixture(fixtureModel(name))).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });
});
