import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { instructionSetsOf } from '../processor/instruction-sets-of.ts';
import { readCpuinfo } from '../processor/read-cpuinfo.ts';

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
  const cpuinfo = await readCpuinfo();
  return {
    platform: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    instructionSets: cpuinfo === null ? null : instructionSetsOf(cpuinfo),
  };
}
