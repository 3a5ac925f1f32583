import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EnginePool, enginePool } from '#toedit/src/inference/engine-pool';
import type { MicroBatch, MicroBatchScores } from '#toedit/src/inference/micro-batch';
import type { Engine } from '#toedit/src/inference/start-engine';

/** A micro-batch that can be told from others. */
function batchOf(id: number): MicroBatch {
  return {
    ...{ size: 1, width: 1, tokenIds: Int32Array.of(id), spans: Int32Array.of(1, 1) },
    ...{ logThreshold: 0, topK: 1 },
  };
}

const idOf = ({ tokenIds }: MicroBatch): number => tokenIds[0] ?? -1;

function answerTo(batch: MicroBatch): MicroBatchScores {
  const none = new Int32Array(0);
  return {
    ...{ logprobs: Float32Array.of(idOf(batch)), selected: none, topIds: none },
    ...{ topLogprobs: new Float32Array(0), busyMs: 1 },
  };
}

/** Engines that answer in order, one call after the other, whenever the test lets them. */
function steppedEngines(count: number) {
  const engines = Array.from({ length: count }, () => steppedEngine());
  const pool = enginePool(engines.map((engine, i) => ({ device: `cuda:${String(i)}`, engine })));
  return { engines, pool };
}

function steppedEngine() {
  const held: { batch: MicroBatch; settle: (failure: Error | null) => void }[] = [];
  const taken: number[] = [];
  let most = 0;
  let ended: Error | null = null;
  const engine: Engine = {
    windowsApart: false,
    score: (batch) =>
      new Promise((resolve, reject) => {
        if (ended !== null) return reject(ended);
        const settle = (failure: Error | null): void => {
          if (failure === null) resolve(answerTo(batch));
          else reject(failure);
        };
        taken.push(idOf(batch));
        most = Math.max(most, held.push({ batch, settle }));
      }),
    close() {
      ended = new Error('closed');
      for (const { settle } of held.splice(0)) settle(ended);
      return Promise.resolve();
    },
  };
  return {
    ...engine,
    taken,
    get held() {
      return held.length;
    },
    get most() {
      return most;
    },
    /** Ends the call at hand, if there is one, and lets the pool notice. */
    async step(failure: Error | null = null) {
      held.shift()?.settle(failure);
      await new Promise((resolve) => setImmediate(resolve));
    },
    async die() {
      await engine.close();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function scoreAll(pool: EnginePool, count: number): Promise<PromiseSettledResult<number>[]> {
  return Promise.allSettled(
    Array.from({ length: count }, async (_, id) => {
      const { logprobs } = await pool.score(batchOf(id));
      return logprobs[0] ?? -1;
    }),
  );
}

const schedule = fc.infiniteStream(fc.nat());

describe('a pool of engines', () => {
  test('each call gets its own answer, whichever engine is faster; none holds more than two', async () => {
    const counts = [fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 40 })] as const;
    const property = fc.asyncProperty(...counts, schedule, async (size, count, turns) => {
      const { engines, pool } = steppedEngines(size);
      const answers = scoreAll(pool, count);
      for (const turn of turns) {
        const busy = engines.filter(({ held }) => held > 0);
        if (busy.length === 0) break;
        await busy[turn % busy.length]?.step();
        const held = engines.reduce((sum, engine) => sum + engine.held, 0);
        const answered = engines.reduce((sum, { taken }) => sum + taken.length, 0) - held;
        // No engine waits while there is something left to do.
        expect(held).toBe(Math.min(2 * size, count - answered));
      }
      expect(await answers).toEqual(
        Array.from({ length: count }, (_, id) => ({ status: 'fulfilled', value: id })),
      );
      const taken = engines.flatMap((engine) => engine.taken);
      expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, id) => id));
      for (const engine of engines) {
        expect(engine.most).toBeLessThanOrEqual(2);
        expect(engine.taken).toEqual(engine.taken.toSorted((a, b) => a - b));
      }
      const { engines: used } = pool.use();
      expect(used).toEqual(
        engines.map((engine, i) => ({
          device: `cuda:${String(i)}`,
          microBatches: engine.taken.length,
          busySeconds: expect.closeTo(engine.taken.length / 1000) as number,
        })),
      );
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('idle engines are given one each before any gets a second', () => {
    const { engines, pool } = steppedEngines(3);
    void scoreAll(pool, 4);
    expect(engines.map(({ taken }) => taken)).toEqual([[0, 3], [1], [2]]);
  });

  test('an engine that stands still holds two micro-batches, and the others do the rest', async () => {
    const { engines, pool } = steppedEngines(3);
    const [stuck, ...others] = engines;
    const answers = scoreAll(pool, 30);
    for (let step = 0; step < 30; step++) for (const engine of others) await engine.step();
    expect(stuck?.taken).toHaveLength(2);
    expect(others.flatMap(({ taken }) => taken)).toHaveLength(28);
    await stuck?.step();
    await stuck?.step();
    expect((await answers).every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  test('a refusal is of its call alone', async () => {
    const { engines, pool } = steppedEngines(2);
    const answers = scoreAll(pool, 6);
    await engines[1]?.step(new Error('out of memory'));
    for (let step = 0; step < 6; step++) for (const engine of engines) await engine.step();
    const statuses = (await answers).map(({ status }) => status);
    expect(statuses).toEqual(statuses.map((_, id) => (id === 1 ? 'rejected' : 'fulfilled')));
    expect(pool.use().engines.map(({ microBatches }) => microBatches)).toEqual([
      (engines[0]?.taken ?? []).length,
      (engines[1]?.taken ?? []).length - 1,
    ]);
  });

  test('where an engine dies, every call still comes to an end', async () => {
    const { engines, pool } = steppedEngines(3);
    const answers = scoreAll(pool, 12);
    await engines[0]?.die();
    for (let step = 0; step < 12; step++) for (const engine of engines) await engine.step();
    const settled = await answers;
    expect(settled.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(2);
    for (const [id, answer] of settled.entries()) {
      if (answer.status === 'fulfilled') expect(answer.value).toBe(id);
    }
  });

  test('close ends the calls that wait and all that come', async () => {
    const { pool } = steppedEngines(2);
    const answers = scoreAll(pool, 9);
    await pool.close();
    expect((await answers).map(({ status }) => status)).toEqual(Array(9).fill('rejected'));
    await expect(pool.score(batchOf(0))).rejects.toThrow('closed');
    await pool.close();
  });

  test('an engine that was never used tells so', () => {
    const { pool } = steppedEngines(1);
    expect(pool.use()).toEqual({
      seconds: 0,
      engines: [{ device: 'cuda:0', microBatches: 0, busySeconds: 0 }],
    });
  });
});
