import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { placeGraphs } from '#toedit/src/model/place-graphs';
import {
  expectedScores,
  fixtureModel,
  greatestDifference,
  openFixture,
  prefixBatch,
} from '../../fixture-models.ts';

let directory: string;
let model: string;
let cache: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-place-'));
  model = join(directory, 'model/external.onnx');
  cache = join(directory, 'cache');
  mkdirSync(dirname(model));
  cpSync(fixtureModel('external'), model);
  cpSync(join(dirname(fixtureModel('external')), 'external.onnx_data'), `${model}_data`);
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** All files below, relative to it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

/** Makes a directory that nobody, root included, can make. */
function block(path: string): void {
  writeFileSync(path, 'a file where a directory is wanted');
}

async function expectScores(path: string): Promise<void> {
  const { engines, notSplit } = await openFixture(path, { cacheDirectory: cache });
  try {
    expect(notSplit).toBeNull();
    const scores = await engines.score(prefixBatch([12, 7], 0));
    const { logprobs } = expectedScores('external', [12, 7], 0);
    expect(greatestDifference(logprobs, scores.logprobs)).toBeLessThan(2e-5);
  } finally {
    await engines.close();
  }
}

const placed = ['body.onnx', 'external.onnx_data', 'head.onnx', 'rows.onnx'];
const original = ['external.onnx', 'external.onnx_data'];

describe('external data', () => {
  test('are hard-linked into the cache, once', async () => {
    await expectScores(model);
    await expectScores(model);
    expect(filesIn(cache)).toEqual(placed);
    expect(filesIn(dirname(model))).toEqual(original);
    expect(statSync(`${model}_data`).nlink).toBe(2);
  });

  test('are linked in a directory of their own after they were changed', async () => {
    await expectScores(model);
    const data = readFileSync(`${model}_data`);
    unlinkSync(`${model}_data`);
    writeFileSync(`${model}_data`, data);
    await expectScores(model);
    expect(filesIn(cache)).toEqual([...placed, ...placed].sort());
  });

  test('stay where they are if the cache cannot be written: the graphs come to them', async () => {
    block(cache);
    await expectScores(model);
    expect(filesIn(join(dirname(model), '.toedit'))).toEqual(placed);
  });

  // A cache on another file system: Linux keeps one in memory.
  test.skipIf(!existsSync('/dev/shm'))('are copied where they cannot be linked', async () => {
    cache = mkdtempSync('/dev/shm/toedit-cache-');
    try {
      block(join(dirname(model), '.toedit'));
      await expectScores(model);
      await expectScores(model);
      expect(filesIn(cache)).toEqual(placed);
      expect(statSync(`${model}_data`).nlink).toBe(1);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });

  test('that can be placed nowhere: both places are named', async () => {
    block(cache);
    block(join(dirname(model), '.toedit'));
    await expect(openFixture(model, { cacheDirectory: cache })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(
        /external\.onnx: its weights cannot be reached: neither .*\/cache nor .*\/\.toedit can be written/,
      ) as string,
    });
  });

  test('that are missing are named', async () => {
    unlinkSync(`${model}_data`);
    await expect(openFixture(model, { cacheDirectory: cache })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(`${model}_data`) as string,
    });
  });

  test('that are cut short: the model is named', async () => {
    writeFileSync(`${model}_data`, readFileSync(`${model}_data`).subarray(0, 1000));
    await expect(openFixture(model, { cacheDirectory: cache })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(model) as string,
    });
  });

  test('outside of the directory are refused, and nothing is linked', async () => {
    cpSync(fixtureModel('external-outside'), model);
    renameSync(`${model}_data`, join(directory, 'external.onnx_data'));
    await expect(openFixture(model, { cacheDirectory: cache })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('../external.onnx_data lies outside') as string,
    });
    expect(readdirSync(directory).sort()).toEqual(['external.onnx_data', 'model']);
  });

  test('in the layout of the hub cache: both files are links to blobs', async () => {
    mkdirSync(join(directory, 'blobs'));
    mkdirSync(join(directory, 'snapshots/main/onnx'), { recursive: true });
    const links = join(directory, 'snapshots/main/onnx');
    for (const [name, blob] of [
      ['external.onnx', '0a1b'],
      ['external.onnx_data', '2c3d'],
    ] as const) {
      renameSync(join(dirname(model), name), join(directory, 'blobs', blob));
      symlinkSync(`../../../blobs/${blob}`, join(links, name));
    }
    await expectScores(join(links, 'external.onnx'));
    expect(filesIn(cache)).toEqual(placed);
    rmSync(cache, { recursive: true });
    block(cache);
    await expect(
      openFixture(join(links, 'external.onnx'), { cacheDirectory: cache }),
    ).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    expect(filesIn(join(directory, 'blobs'))).toEqual(['0a1b', '2c3d']);
  });

  test('many openings at once agree', async () => {
    await Promise.all([expectScores(model), expectScores(model), expectScores(model)]);
    expect(filesIn(cache)).toEqual(placed);
  });
});

test('graphs without external data stay in memory', async () => {
  chmodSync(dirname(model), 0o500);
  const body = Uint8Array.of(1);
  const graphs = { modelPath: model, body, head: null, rows: null, locations: [] };
  expect(await placeGraphs(graphs, cache)).toEqual({ body, head: null, rows: null });
  expect(readdirSync(directory)).toEqual(['model']);
  chmodSync(dirname(model), 0o700);
});
