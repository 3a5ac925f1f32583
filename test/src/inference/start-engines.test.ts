import type { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import type { EnginePlace } from '#toedit/src/inference/engine-options';
import type { OpenedModel } from '#toedit/src/model/open-model';
import { fixtureModel, openFixture, prefixBatch } from '../../fixture-models.ts';
import { liveWorkers } from '../../open-resources.ts';

const path = fixtureModel('plain');
const onCores = (count: number): readonly EnginePlace[] =>
  Array.from({ length: count }, () => ({ device: 'cpu', threads: 1 }));
let opened: OpenedModel | undefined;
afterEach(() => opened?.engines.close());

test('several sessions give the answers of one, each to its own call', async () => {
  const lengths = [12, 2, 9, 3, 3, 7, 5, 11];
  const scoresOf = async (count: number) => {
    opened = await openFixture(path, { places: onCores(count) });
    const { engines } = opened;
    const answers = await Promise.all(
      lengths.map((length) => engines.score(prefixBatch([length], 0))),
    );
    await engines.close();
    return answers.map(({ logprobs, selected }) => ({ logprobs, selected }));
  };
  expect(await scoresOf(3)).toEqual(await scoresOf(1));
});

test('where one engine dies, calls do not hang; its own say which it was', async () => {
  const started: Worker[] = [];
  const note = (worker: Worker) => started.push(worker);
  process.on('worker', note);
  opened = await openFixture(path, { places: onCores(2) });
  process.off('worker', note);
  const { engines } = opened;
  const calls = Array.from({ length: 8 }, () => engines.score(prefixBatch([12, 7], 0)));
  void started[0]?.terminate();
  const settled = await Promise.allSettled(calls);
  const failures = settled.filter((call) => call.status === 'rejected');
  expect(failures.length).toBeGreaterThan(0);
  for (const { reason } of failures) {
    expect(reason).toMatchObject({
      code: 'ENGINE_DIED',
      message: expect.stringContaining('plain.onnx on cpu ended') as string,
    });
  }
});

test('where one of them cannot be opened, no thread is left', async () => {
  const before = liveWorkers();
  const [cpu] = onCores(1);
  // A machine has no such device, whatever GPUs it has.
  const places = [
    ...(cpu === undefined ? [] : [cpu]),
    { device: 'cuda', deviceId: 99, threads: 1 },
  ];
  await expect(openFixture(path, { places } as never)).rejects.toMatchObject({
    code: 'DEVICE_UNAVAILABLE',
    message: expect.stringMatching(/^device cuda:99 is not available: .*--device cpu\.$/) as string,
  });
  await expect.poll(liveWorkers).toBe(before);
});
