import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MicroBatch, MicroBatchScores } from '#toedit/src/inference/micro-batch';
import { type OpenedModel, type OpenOptions, openModel } from '#toedit/src/model/open-model';

/** A graph made by `fixtures/make-onnx-fixtures.py`. */
export function fixtureModel(name: string): string {
  return fileURLToPath(new URL(`fixtures/onnx/${name}.onnx`, import.meta.url));
}

/** Opens a fixture; they have 32 tokens, and a past of heads of size 4 where they have one. */
export function openFixture(
  path: string,
  options: Partial<OpenOptions> = {},
): Promise<OpenedModel> {
  return openModel(path, {
    places: [{ device: 'cpu', threads: 1 }],
    headSize: 4,
    vocabularySize: 32,
    cacheDirectory: join(tmpdir(), 'toedit-fixtures'),
    logitsBytes: 2 ** 20,
    ...options,
  });
}

/** The sequence of tokens that the reference values are for, and the fixtures' log-softmax at each of its positions. */
export const fixtureValues = JSON.parse(
  readFileSync(new URL('fixtures/onnx/expected.json', import.meta.url), 'utf8'),
) as {
  readonly tokenIds: readonly number[];
  readonly tables: Readonly<Record<string, readonly (readonly number[])[]>>;
};

const fixtureTopK = 5;

/** Windows that are beginnings of the sequence, of these lengths, padded to the longest. */
export function prefixBatch(lengths: readonly number[], logThreshold: number): MicroBatch {
  const width = Math.max(...lengths);
  const tokenIds = new Int32Array(lengths.length * width);
  lengths.forEach((length, i) => {
    tokenIds.set(fixtureValues.tokenIds.slice(0, length), i * width);
  });
  const spans = Int32Array.from(lengths.flatMap((length) => [1, length]));
  return { size: lengths.length, width, tokenIds, spans, logThreshold, topK: fixtureTopK };
}

/** What a fixture must say of `prefixBatch`, by its reference values. */
export function expectedScores(
  name: string,
  lengths: readonly number[],
  logThreshold: number,
): Pick<MicroBatchScores, 'logprobs' | 'selected' | 'topIds' | 'topLogprobs'> {
  const { tokenIds, tables } = fixtureValues;
  const positions = lengths.flatMap((length) =>
    Array.from({ length: length - 1 }, (_, i) => i + 1),
  );
  const row = (position: number) => tables[name]?.[position - 1] ?? [];
  const logprobs = positions.map((position) => row(position)[tokenIds[position] ?? -1] ?? NaN);
  const selected = positions.flatMap((_, i) => ((logprobs[i] ?? NaN) >= logThreshold ? [i] : []));
  const tops = selected.map((i) => topOf(row(positions[i] ?? -1)));
  return {
    logprobs: Float32Array.from(logprobs),
    selected: Int32Array.from(selected),
    topIds: Int32Array.from(tops.flat().map(([id]) => id)),
    topLogprobs: Float32Array.from(tops.flat().map(([, logprob]) => logprob)),
  };
}

function topOf(logprobs: readonly number[]): (readonly [id: number, logprob: number])[] {
  return logprobs
    .map((logprob, id) => [id, logprob] as const)
    .sort(([, a], [, b]) => b - a)
    .slice(0, fixtureTopK);
}

/** The greatest |a - b| of two lists of one length. */
export function greatestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), 0);
}
