import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveSlurmJob, type SlurmOptions } from '#toedit/src/slurm/slurm-job';

const resolve = (options: Partial<SlurmOptions>, maxTasks = 1001) =>
  resolveSlurmJob({ run: '/run', command: ['toedit'], array: 4, ...options }, maxTasks);

test('an array has as many tasks as shards, or as many as the cluster allows', () => {
  const size = fc.integer({ min: 1, max: 10_000 });
  const property = fc.property(size, size, (array, maxTasks) => {
    const job = resolve({ array }, maxTasks);
    expect(job).toMatchObject({ shards: array, tasks: Math.min(array, maxTasks) });
  });
  fc.assert(property);
});

test('the stop comes two minutes early, or half-way through a short limit', () => {
  expect(resolve({}).stopEarly).toBe(120);
  expect(resolve({ time: '4:00:00' }).stopEarly).toBe(120);
  expect(resolve({ time: '1' }).stopEarly).toBe(30);
  expect(resolve({ time: '1', stopEarly: 59 }).stopEarly).toBe(59);
});

test.each<Partial<SlurmOptions>>([
  { array: 0 },
  { array: 1.5 },
  { concurrency: 0 },
  { threads: 0 },
  { devices: ['gpu'] },
  { devices: ['cuda:0', 'cpu'] },
  { maxRequeues: -1 },
  { stopEarly: 65_536 },
  { run: '/a\\b' },
  { run: '/a\nb' },
  { time: '4h' },
  { time: '1', stopEarly: 60 },
  { partition: 'a\nb' },
  { sbatchArgs: ['mem=4G'] },
  { sbatchArgs: ['--array=0-3'] },
  { sbatchArgs: ['-a0-3'] },
  { sbatchArgs: ['--dependency=afterok:1'] },
  { sbatchArgs: ['--comment=a\nb'] },
])('refuses %j in one line', (options) => {
  expect(() => resolve(options)).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: expect.stringMatching(/^[^\n]+\.$/) as string,
    }) as Error,
  );
});
