import { readFile } from 'node:fs/promises';

/**
 * Whether a processor has an instruction that adds up products of 8-bit integers in 32 bits, by Linux's `/proc/cpuinfo`: VNNI or AMX on
 * x86, SDOT or I8MM on ARM. Without one, int8 is hardly faster than float32. Null where nothing says.
 */
export function hasInt8DotProduct(cpuinfo: string | null): boolean | null {
  const flags = new Set(processorFlags(cpuinfo ?? ''));
  if (dotProducts.some((flag) => flags.has(flag))) return true;
  return vectorUnits.some((flag) => flags.has(flag)) ? false : null;
}

const dotProducts = ['avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp', 'i8mm'];

/** A processor of a kind that {@link dotProducts} knows has one of these. */
const vectorUnits = ['sse2', 'asimd'];

/** The instruction sets in Linux's `/proc/cpuinfo` that ONNX Runtime has kernels for. */
export function instructionSetsOf(cpuinfo: string): readonly string[] {
  return processorFlags(cpuinfo).filter((flag) => known.has(flag));
}

const known: ReadonlySet<string> = new Set([
  ...['avx', 'avx2', 'fma', 'avx_vnni', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_tile'],
  ...['amx_int8', 'amx_bf16', 'asimd', 'asimdhp', 'asimddp', 'bf16', 'i8mm', 'sve'],
]);

/** What the first processor in Linux's `/proc/cpuinfo` can do, as x86 (`flags`) and ARM (`Features`) list it; none elsewhere. */
function processorFlags(cpuinfo: string): readonly string[] {
  const flags = /^(?:flags|Features)[\t ]*:(.*)$/m.exec(cpuinfo)?.[1]?.trim() ?? '';
  return flags === '' ? [] : flags.split(/\s+/);
}

/** What Linux says of the processors, one after the other; null on other systems. */
export function readCpuinfo(): Promise<string | null> {
  return readFile('/proc/cpuinfo', 'utf8').catch(() => null);
}
