import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import type { Device } from '#toedit/src/inference/engine-options';
import type { OpenedModel } from '#toedit/src/model/open-model';
import { fixtureModel, openFixture, prefixBatch } from '../../fixture-models.ts';

const path = fixtureModel('plain');
const batch = prefixBatch([12, 7], 0);
let opened: OpenedModel | undefined;
afterEach(() => opened?.engines.close());

/** Opens a model and returns the thread that was started for it. */
async function openWithWorker(): Promise<Worker> {
  const started: Worker[] = [];
  const note = (worker: Worker) => started.push(worker);
  process.on('worker', note);
  opened = await openFixture(path);
  process.off('worker', note);
  return started[0] as Worker;
}

const failed = (message: RegExp, code = 'INFERENCE_FAILED') => ({
  code,
  message: expect.stringMatching(message) as string,
});

test('answers come in the order of the calls', async () => {
  opened = await openFixture(path);
  const { engines } = opened;
  const lengths = [12, 2, 9, 3, 3, 7];
  const answers = await Promise.all(
    lengths.map((length) => engines.score(prefixBatch([length], 0))),
  );
  expect(answers.map(({ logprobs }) => logprobs.length + 1)).toEqual(lengths);
  expect(answers.every(({ busyMs }) => busyMs > 0)).toBe(true);
});

test('a failed call leaves the engine usable', async () => {
  opened = await openFixture(path);
  const beyond = { ...batch, tokenIds: batch.tokenIds.map(() => 99) };
  const calls = [
    opened.engines.score(batch),
    opened.engines.score(beyond),
    opened.engines.score(batch),
  ];
  const [first, second, third] = await Promise.allSettled(calls);
  expect(second).toMatchObject({ reason: failed(/plain\.onnx failed: .*Gather/) });
  expect(first).toMatchObject({ status: 'fulfilled' });
  expect(third).toMatchObject({ status: 'fulfilled' });
});

test('a thread that dies rejects the calls that wait and all that come', async () => {
  const worker = await openWithWorker();
  const { engines } = opened as OpenedModel;
  const waiting = [engines.score(batch), engines.score(batch)];
  void worker.terminate();
  const settled = await Promise.allSettled(waiting);
  for (const call of settled) {
    expect(call).toMatchObject({
      reason: failed(/plain\.onnx ended: the inference worker ended/, 'ENGINE_DIED'),
    });
  }
  await expect(engines.score(batch)).rejects.toMatchObject(
    failed(/ended with code 1; open the prior again/, 'ENGINE_DIED'),
  );
});

test('close rejects the calls that wait and all that come, and may be called twice', async () => {
  opened = await openFixture(path);
  const waiting = opened.engines.score(batch);
  const closed = opened.engines.close();
  await expect(waiting).rejects.toMatchObject(
    failed(/the inference worker was closed/, 'ENGINE_DIED'),
  );
  await closed;
  await expect(opened.engines.score(batch)).rejects.toMatchObject(
    failed(/was closed/, 'ENGINE_DIED'),
  );
  await opened.engines.close();
});

describe('a device that is not there', () => {
  const remedies: Record<string, RegExp> = {
    cuda: /^device cuda is not available: .*install\.js .*--device cpu\.$/,
    webgpu: /^device webgpu is not available: .*Vulkan.*--device cpu without one\.$/,
  };

  test.each<Device>(['cuda', 'webgpu'])('%s', async (device) => {
    try {
      opened = await openFixture(path, { places: [{ device, threads: 1 }] });
    } catch (error) {
      expect(error).toMatchObject({
        code: 'DEVICE_UNAVAILABLE',
        message: expect.stringMatching(remedies[device] as RegExp) as string,
      });
      return;
    }
    // It is there: then it must work.
    expect((await opened.engines.score(batch)).logprobs).toHaveLength(17);
  });
});
