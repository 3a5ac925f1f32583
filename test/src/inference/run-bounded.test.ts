import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runBounded } from '#toedit/src/inference/run-bounded';

/** A job that takes some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('runBounded', () => {
  test('gives results in order, and runs as many at once as it may', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (jobs, concurrency) => {
        let running = 0;
        let most = 0;
        const run = async (job: number) => {
          most = Math.max(most, ++running);
          await turns(job);
          running--;
          return job * 2;
        };
        const results = [];
        for await (const result of runBounded(jobs, concurrency, run)) results.push(result);
        expect(results).toEqual(jobs.map((job) => [job, job * 2]));
        expect(most).toBeLessThanOrEqual(concurrency);
        if (!jobs.includes(0)) expect(most).toBe(Math.min(jobs.length, concurrency));
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });

  test('starts jobs only as results are taken', async () => {
    const started: number[] = [];
    const run = (job: number) => Promise.resolve(started.push(job));
    for await (const [job] of runBounded([0, 1, 2, 3, 4], 2, run)) {
      expect(started.length).toBeLessThanOrEqual(job + 2);
      if (job === 2) break;
    }
    await turns(3);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  test('throws the first failure in order; later ones do not surface', async () => {
    const run = async (job: number) => {
      await turns(3 - job);
      if (job > 0) throw new Error(`job ${String(job)}`);
      return job;
    };
    const results: number[] = [];
    const consume = async () => {
      for await (const [job] of runBounded([0, 1, 2], 3, run)) results.push(job);
    };
    await expect(consume()).rejects.toThrow('job 1');
    expect(results).toEqual([0]);
    await turns(3);
  });
});
