import { expect, test } from 'vitest';
import { noticeSlowInt8 } from '#toedit/pipelines/stages/open-prior-of';
import { capturedCpuinfo } from '../src/processor/captured-cpuinfo.ts';

const zen3 = capturedCpuinfo['EPYC 7763 (Zen 3)'];
const int8 = { device: 'cpu', precision: 'int8' } as const;

/** What a user is told, and how often it was measured. */
async function notices(
  prior: Parameters<typeof noticeSlowInt8>[0],
  cpuinfo: string | null,
  speed: number | null = 0.83,
) {
  const told: string[] = [];
  let measured = 0;
  await noticeSlowInt8(prior, (notice) => told.push(notice), {
    cpuinfo: async () => cpuinfo,
    measure: async () => {
      measured += 1;
      return speed;
    },
  });
  return { told, measured };
}

test('an int8 prior on a processor without 8-bit dot products is told of, with what was measured', async () => {
  expect(await notices(int8, zen3)).toEqual({
    told: [
      'this processor has no 8-bit dot product (such as VNNI): int8 runs at 0.8 times the speed of float32 here (measured); it is as exact as elsewhere',
    ],
    measured: 1,
  });
  const dynamic = { device: 'cpu', precision: 'int8 (MatMulInteger)' } as const;
  expect((await notices(dynamic, zen3)).told).toHaveLength(1);
});

test('a measurement that fails is no reason to be silent, or to fail', async () => {
  const { told } = await notices(int8, zen3, null);
  expect(told).toEqual([expect.stringContaining('int8 may be slower than float32 here')]);
});

test.each<[string, Parameters<typeof noticeSlowInt8>[0], string | null]>([
  ['the processor has the instruction', int8, capturedCpuinfo['Xeon (Ice Lake)']],
  ['the system does not tell', int8, null],
  ['the prior is not int8', { device: 'cpu', precision: 'float32' }, zen3],
  [
    'the prior packs its weights only',
    { device: 'cpu', precision: 'quantised (MatMulNBits)' },
    zen3,
  ],
  ['the prior runs elsewhere', { device: 'cuda', precision: 'int8' }, zen3],
])('nothing is said or measured where %s', async (_, prior, cpuinfo) => {
  expect(await notices(prior, cpuinfo)).toEqual({ told: [], measured: 0 });
});

test('nothing is measured where nobody listens', async () => {
  await noticeSlowInt8(int8, undefined, {
    cpuinfo: async () => zen3,
    measure: () => Promise.reject(new Error('measured')),
  });
});
