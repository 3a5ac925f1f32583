import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EditCorpusOptions, editCorpus, planCorpus, runShard, scoreCorpus } from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { liveWorkers } from '../open-resources.ts';
import { outputsOf } from '../outputs-of.ts';
import { makeShardCorpus } from './shard-corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-devices-'));
const corpus = join(directory, 'corpus');
const options = { inputs: [corpus], preset: 'official-up', threshold: 0.5, seed: 3n } as const;
let expected: ReadonlyMap<string, string>;
beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
  const { changed } = await editCorpus({ ...options, output: join(directory, 'one') });
  expect(changed).toBeGreaterThan(10);
  expected = outputsOf(join(directory, 'one'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('several sessions give the bytes of one', () => {
  test.each<[string, Partial<EditCorpusOptions>]>([
    ['two', { devices: ['cpu*2'] }],
    ['three, one file in flight', { devices: ['cpu', 'cpu*2'], threads: 2, filesInFlight: 1 }],
    ['two, small micro-batches', { devices: ['cpu*2'], maxBatchTokens: 64, filesInFlight: 4 }],
  ])('%s', async (name, given) => {
    const before = liveWorkers();
    const output = join(directory, name);
    const { inference, prior, tokensHere, tokens } = await editCorpus({
      ...{ ...options, ...given, output },
    });
    expect(outputsOf(output)).toEqual(expected);
    expect(tokensHere).toBe(tokens);
    expect(prior.threads).toBeGreaterThan(0);
    expect(inference.engines.length).toBeGreaterThan(1);
    for (const { device, microBatches, busySeconds } of inference.engines) {
      expect(device).toBe('cpu');
      expect(microBatches).toBeGreaterThan(0);
      expect(busySeconds).toBeLessThanOrEqual(inference.seconds);
    }
    expect(liveWorkers()).toBe(before);
  });

  test('of scores', async () => {
    const [one, two] = ['score-one', 'score-two'].map((name) => join(directory, name));
    await scoreCorpus({ inputs: [corpus], output: one ?? '' });
    await scoreCorpus({ inputs: [corpus], output: two ?? '', devices: ['cpu*2'] });
    expect(outputsOf(two ?? '')).toEqual(outputsOf(one ?? ''));
  });
});

test('a run that was stopped goes on with other sessions', async () => {
  const output = join(directory, 'stopped');
  const stop = new AbortController();
  const onProgress = ({ rowsDone }: { readonly rowsDone: number }): void => {
    if (rowsDone > 0) stop.abort();
  };
  const first = await editCorpus({ ...options, output, onProgress, stop: stop.signal });
  expect(first.interrupted).toBe(true);
  const second = await editCorpus({ ...options, output, devices: ['cpu*3'], threads: 3 });
  expect(second.interrupted).toBe(false);
  expect(second.inference.engines).toHaveLength(3);
  expect(first.tokensHere + second.tokensHere).toBe(second.tokens);
  expect(outputsOf(output)).toEqual(expected);
  const third = await runShard({ output, devices: ['cpu*2'] });
  expect(third.inference).toEqual({ seconds: 0, engines: [] });
});

describe('the kind of device belongs to the run', () => {
  const refusal = (code: string, message: RegExp) => ({
    code,
    message: expect.stringMatching(message) as string,
  });

  test('it is that of the devices, where they alone are named', async () => {
    const output = join(directory, 'planned');
    const { prior } = await planCorpus({ ...options, output, devices: ['cuda:0', 'cuda:1'] });
    expect(prior.device).toBe('cuda');
    await expect(runShard({ output, devices: ['cpu'] })).rejects.toMatchObject(
      refusal('BAD_OPTION', /^devices is cpu: the device is cuda: name devices of that kind/),
    );
  });

  test.each([
    [['cpu', 'cuda:0'], /^devices is cpu,cuda:0: they must be of one kind/],
    [['cuda'], /^devices is cuda: the device is cpu/],
  ])('%j are refused before any work', async (devices, message) => {
    const output = join(directory, 'refused');
    await expect(editCorpus({ ...options, output, device: 'cpu', devices })).rejects.toMatchObject(
      refusal('BAD_OPTION', message),
    );
  });

  test('a run of another kind is not gone on with', async () => {
    const output = join(directory, 'one');
    await expect(editCorpus({ ...options, output, devices: ['cuda:0'] })).rejects.toMatchObject(
      refusal('MANIFEST_CONFLICT', /the device was cpu, is cuda/),
    );
  });
});
