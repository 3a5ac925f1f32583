import { processorFlags } from './processor-flags.ts';

/**
 * Whether a processor has an instruction that adds up products of 8-bit integers in 32 bits, by Linux's `/proc/cpuinfo`: VNNI or AMX on
 * x86, SDOT or I8MM on ARM. Without one, int8 is hardly faster than float32. Null where nothing tells.
 */
export function hasInt8DotProduct(cpuinfo: string | null): boolean | null {
  const flags = new Set(processorFlags(cpuinfo ?? ''));
  if (dotProducts.some((flag) => flags.has(flag))) return true;
  return vectorUnits.some((flag) => flags.has(flag)) ? false : null;
}

const dotProducts = ['avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp', 'i8mm'];

/** A processor of a kind that {@link dotProducts} can be told of has one of these. */
const vectorUnits = ['sse2', 'asimd'];
