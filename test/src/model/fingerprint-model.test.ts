import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprintModel } from '#toedit/src/model/fingerprint-model';
import { fixtureModel, openFixture } from '../../fixture-models.ts';
import { liveWorkers } from '../../open-resources.ts';

let directory: string;
let model: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-fingerprint-model-'));
  model = join(directory, 'external.onnx');
  cpSync(fixtureModel('external'), model);
  cpSync(join(dirname(fixtureModel('external')), 'external.onnx_data'), `${model}_data`);
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function openedFingerprint(): Promise<string> {
  const { engines, fingerprint } = await openFixture(model, {
    cacheDirectory: join(directory, 'cache'),
  });
  await engines.close();
  return fingerprint;
}

test('external data count, wherever they lie and whenever they were written', async () => {
  const before = await openedFingerprint();
  expect(before).toMatch(/^[0-9a-f]{64}$/);
  utimesSync(`${model}_data`, 1000, 1000);
  expect(await openedFingerprint()).toBe(before);
  const data = readFileSync(`${model}_data`);
  data[100] = (data[100] ?? 0) ^ 1;
  writeFileSync(`${model}_data`, data);
  expect(await openedFingerprint()).not.toBe(before);
});

test('so does the graph, and each of several files', async () => {
  const graph = readFileSync(model);
  const of = (bytes: Uint8Array, locations: readonly string[]) =>
    fingerprintModel(model, { graph: bytes, locations }, join(directory, 'cache'));
  const fingerprints = [
    await of(graph, []),
    await of(graph.subarray(1), []),
    await of(graph, ['external.onnx_data']),
    await of(graph, ['external.onnx_data', 'external.onnx']),
  ];
  expect(new Set(fingerprints).size).toBe(fingerprints.length);
  appendFileSync(model, 'more');
  expect(fingerprints).not.toContain(await of(graph, ['external.onnx_data', 'external.onnx']));
});

test.each(['gone', '../other', '/dev/zero'])('data that cannot be had: %s', async (location) => {
  const graph = new Uint8Array(0);
  await expect(
    fingerprintModel(model, { graph, locations: [location] }, directory),
  ).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: expect.stringContaining(location) as string,
  });
});

test('a model whose data cannot be read leaves no thread behind', async () => {
  const before = liveWorkers();
  rmSync(`${model}_data`);
  await expect(openedFingerprint()).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  await expect.poll(liveWorkers).toBe(before);
});
