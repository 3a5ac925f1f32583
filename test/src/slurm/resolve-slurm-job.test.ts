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
  { sbatchArgs: ['--comment=a\u001b[2J'] },
  { sbatchArgs: ['--arr=0-3'] },
  { sbatchArgs: ['--dep', '--mem=4G'] },
  { sbatchArgs: ['--no-req'] },
  { sbatchArgs: ['--signal=B:TERM@10'] },
  { sbatchArgs: ['-dafterok:1'] },
  { sbatchArgs: ['-Ha0-3'] },
  { sbatchArgs: ['--mem=4G --array=0-3'] },
  { sbatchArgs: ['--mem=4G "--arr=0-3"'] },
  { sbatchArgs: ['--"array"=0-3'] },
  { sbatchArgs: ['--'] },
  { sbatchArgs: ['-'] },
  { partition: 'a --array=0-3' },
  { run: '/a\u001b[31m' },
  { run: '/a\u202eb' },
])('refuses %j in one line', (options) => {
  expect(() => resolve(options)).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: expect.stringMatching(/^[^\n]+\.$/) as string,
    }) as Error,
  );
});

const own = ['array', 'dependency', 'wrap', 'no-requeue', 'signal'];

test('no beginning of an option of ours passes, whatever follows it', () => {
  const abbreviated = fc
    .tuple(fc.constantFrom(...own), fc.nat(), fc.constantFrom('', '=', '=0-3', '=x y'))
    .map(([name, length, value]) => `--${name.slice(0, 1 + (length % name.length))}${value}`);
  const joined = fc
    .tuple(
      fc.constantFrom('-', '-H', '-QO'),
      fc.constantFrom('a', 'd'),
      fc.constantFrom('', '0-3', '=1', ' 1'),
    )
    .map((parts) => parts.join(''));
  const before = fc.constantFrom('', '--mem=4G ', '-A nlp\t', '--comment="x" ');
  fc.assert(
    fc.property(before, fc.oneof(abbreviated, joined), (others, option) => {
      expect(() => resolve({ sbatchArgs: [others + option] })).toThrow(/must be one option/);
    }),
  );
});

test.each([
  '--account=nlp',
  '--comment=two words - and a dash',
  '--comment=an array',
  '--gres=gpu:1',
  '--deadline=2030-01-01',
  '--no-kill',
  '-Aanna',
  '-J dada',
  '-pdebug',
  '--wait-all-nodes=1',
])('%s is no option of ours', (option) => {
  expect(resolve({ sbatchArgs: [option] }).sbatchArgs).toEqual([option]);
});
