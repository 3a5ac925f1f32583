import { EventEmitter, getEventListeners, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takeUntil } from '#toedit/operators/take-rows';
import { collect, countedSource, numbered, textBatch } from './text-batch.ts';

const batches = Array.from({ length: 5 }, (_, i) => textBatch(numbered([String(i)])));

/** A source that never gives its second batch, until it is let go on. */
function stuckSource() {
  const seen = { isReleased: false };
  const held = new EventEmitter();
  const stuck = once(held, 'go');
  const source = async function* (): AsyncGenerator<RecordBatch> {
    try {
      yield* batches.slice(0, 1);
      await stuck;
      yield* batches.slice(1);
    } finally {
      seen.isReleased = true;
    }
  };
  const letGo = (failure?: Error) =>
    failure === undefined ? held.emit('go') : held.emit('error', failure);
  return { source: source(), seen, letGo };
}

describe('takeUntil', () => {
  test('passes what came before the signal, nothing after, and releases the source', async () => {
    const property = fc.asyncProperty(fc.nat(6), async (taken) => {
      const { seen, source } = countedSource(batches);
      const controller = new AbortController();
      if (taken === 0) controller.abort();
      const passed: RecordBatch[] = [];
      for await (const batch of takeUntil(controller.signal)(source)) {
        passed.push(batch);
        if (passed.length === taken) controller.abort();
      }
      expect(passed).toEqual(batches.slice(0, taken));
      // A generator that was never begun has nothing to release.
      expect(seen).toEqual({ given: Math.min(taken, batches.length), isReleased: taken > 0 });
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    });
    await fc.assert(property);
  });

  test('passes everything without a signal, and with one that never comes', async () => {
    expect(await collect(takeUntil()(countedSource(batches).source))).toEqual(batches);
    const { signal } = new AbortController();
    expect(await collect(takeUntil(signal)(countedSource(batches).source))).toEqual(batches);
  });

  test.each([undefined, new Error('broken')])(
    'ends while its source is stuck: then %s',
    async (end) => {
      const { source, seen, letGo } = stuckSource();
      const controller = new AbortController();
      const stream = takeUntil(controller.signal)(source)[Symbol.asyncIterator]();
      expect((await stream.next()).value).toBe(batches[0]);
      const next = stream.next();
      await delay(5);
      controller.abort();
      expect(await next).toEqual({ done: true, value: undefined });
      expect(seen.isReleased).toBe(false);
      letGo(end);
      await delay(5);
      expect(seen.isReleased).toBe(true);
      expect(await source.next()).toEqual({ done: true, value: undefined });
    },
  );

  test('drops a batch that comes at the moment of the signal', async () => {
    const controller = new AbortController();
    const source = (async function* () {
      yield* batches.slice(0, 1);
      await Promise.resolve();
      queueMicrotask(() => {
        controller.abort();
      });
      yield* batches.slice(1);
    })();
    expect(await collect(takeUntil(controller.signal)(source))).toEqual(batches.slice(0, 1));
  });

  test('releases its source where the consumer stops early, and passes its failure on', async () => {
    const { signal } = new AbortController();
    const early = countedSource(batches);
    for await (const _ of takeUntil(signal)(early.source)) break;
    expect(early.seen).toEqual({ given: 1, isReleased: true });
    const { seen, source } = countedSource(batches, new Error('broken'));
    await expect(collect(takeUntil(signal)(source))).rejects.toThrow('broken');
    expect(seen).toEqual({ given: 5, isReleased: true });
  });
});
