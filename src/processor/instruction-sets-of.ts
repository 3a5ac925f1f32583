import { processorFlags } from './processor-flags.ts';

/** The instruction sets in Linux's `/proc/cpuinfo` that ONNX Runtime has kernels for. */
export function instructionSetsOf(cpuinfo: string): readonly string[] {
  return processorFlags(cpuinfo).filter((flag) => known.has(flag));
}

const known: ReadonlySet<string> = new Set([
  ...['avx', 'avx2', 'fma', 'avx_vnni', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_tile'],
  ...['amx_int8', 'amx_bf16', 'asimd', 'asimdhp', 'asimddp', 'bf16', 'i8mm', 'sve'],
]);
