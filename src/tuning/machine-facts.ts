import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

/** The machine, as the system tells. */
export interface MachineFacts {
  readonly platform: string;
  readonly processor: string;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Those that matter to matrix products; null where the system does not tell. */
  readonly instructionSets: readonly string[] | null;
}

/** What the system tells of the machine. */
export async function machineFacts(): Promise<MachineFacts> {
  const linux = await readFile('/proc/cpuinfo', 'utf8').catch(() => null);
  return {
    platform: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    instructionSets: linux === null ? null : instructionSetsOf(linux),
  };
}

/** The instruction sets in Linux's `/proc/cpuinfo` that ONNX Runtime has kernels for. */
export function instructionSetsOf(cpuinfo: string): readonly string[] {
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/) ?? [];
  return flags.filter((flag) => known.has(flag));
}

const known: ReadonlySet<string> = new Set([
  ...['avx', 'avx2', 'fma', 'avx_vnni', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_tile'],
  ...['amx_int8', 'amx_bf16', 'asimd', 'asimdhp', 'asimddp', 'bf16', 'i8mm', 'sve'],
]);
