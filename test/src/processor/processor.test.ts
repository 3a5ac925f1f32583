import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasInt8DotProduct, instructionSetsOf } from '#toedit/src/inference/processor';
import { capturedCpuinfo } from './captured-cpuinfo.ts';

test.each<[keyof typeof capturedCpuinfo, boolean | null, string]>([
  ['Xeon with AVX-512, without VNNI', false, 'fma avx avx2 avx512f'],
  ['Xeon (Ice Lake)', true, 'fma avx avx2 avx512f avx512_vnni'],
  ['EPYC 7763 (Zen 3)', false, 'fma avx avx2'],
  ['Core i7-12700K (Alder Lake)', true, 'fma avx avx2 avx_vnni'],
  ['Raspberry Pi 3 (Cortex-A53)', false, 'asimd'],
  ['Graviton2 (Neoverse N1)', true, 'asimd asimdhp asimddp'],
  ['Snapdragon 7s Gen 4', true, 'asimd asimdhp asimddp i8mm bf16'],
  ['HiFive Unmatched (RISC-V)', null, ''],
  ['IBM z13', null, ''],
])('%s', (name, hasDotProduct, instructionSets) => {
  const cpuinfo = capturedCpuinfo[name];
  expect(hasInt8DotProduct(cpuinfo)).toBe(hasDotProduct);
  expect(instructionSetsOf(cpuinfo).join(' ')).toBe(instructionSets);
});

test('nothing is claimed where nothing is told', () => {
  for (const cpuinfo of [null, '', 'processor\t: 0\n', 'flags\t\t:\n', 'flags']) {
    expect(hasInt8DotProduct(cpuinfo)).toBeNull();
    expect(instructionSetsOf(cpuinfo ?? '')).toEqual([]);
  }
});

test('any text gives an answer; the first processor decides', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect([true, false, null]).toContain(hasInt8DotProduct(text));
      const begun = `${capturedCpuinfo['EPYC 7763 (Zen 3)']}\n${text}`;
      expect(hasInt8DotProduct(begun)).toBe(false);
    }),
  );
});
