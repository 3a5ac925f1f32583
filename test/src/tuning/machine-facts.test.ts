import { expect, test } from 'vitest';
import { instructionSetsOf, machineFacts } from '#toedit/src/tuning/machine-facts';

test.each([
  ['processor\t: 0\nflags\t\t: fpu sse avx2 fma avx512f avx512_vnni amx_int8\n', 4 + 1],
  ['processor\t: 0\nFeatures\t: fp asimd asimddp crc32\n', 2],
  ['processor\t: 0\n', 0],
  ['', 0],
])('%j names %i instruction sets', (cpuinfo, count) => {
  expect(instructionSetsOf(cpuinfo)).toHaveLength(count);
});

test('the machine has cores and memory', async () => {
  const { cores, memoryBytes } = await machineFacts();
  expect(cores).toBeGreaterThan(0);
  expect(memoryBytes).toBeGreaterThan(2 ** 28);
});
