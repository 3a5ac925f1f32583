import { readFile } from 'node:fs/promises';

/** What Linux tells of the processors, one after the other; null on other systems. */
export function readCpuinfo(): Promise<string | null> {
  return readFile('/proc/cpuinfo', 'utf8').catch(() => null);
}
