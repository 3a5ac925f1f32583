import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { hasInt8DotProduct, instructionSetsOf, readCpuinfo } from '../inference/processor.ts';
import { startRuntime } from '../inference/start-engine.ts';
import type { Int8TrialCalls } from '../inference/worker/int8-trial-worker.ts';

/** The machine, as the system describes it. */
export interface MachineFacts {
  readonly platform: string;
  readonly processor: string;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Those that matter to matrix products; null where the system does not say. */
  readonly instructionSets: readonly string[] | null;
  /** Whether onnxruntime-node has a program for the platform: it has none for Macs with Intel processors. */
  readonly hasRuntime: boolean;
}

/** Returns what the system says of the machine. */
export async function machineFacts(): Promise<MachineFacts> {
  const cpuinfo = await readCpuinfo();
  return {
    platform: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    instructionSets: cpuinfo === null ? null : instructionSetsOf(cpuinfo),
    hasRuntime: existsSync(join(runtimeDirectory(), 'onnxruntime_binding.node')),
  };
}

/** Where onnxruntime-node keeps its program for this platform, and its install script what else ONNX Runtime needs. */
export function runtimeDirectory(): string {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return join(root, 'bin/napi-v6', platform(), arch());
}

/** What 8-bit integers bring on this machine's processor. */
export interface Int8Facts {
  /** Whether it has an instruction for their products; null where the system does not say. */
  readonly hasDotProduct: boolean | null;
  /** How many times as fast as in float32 it multiplies matrices in int8, measured; null where that failed. */
  readonly speed: number | null;
}

/** Looks at the processor, and measures for half a second. */
export async function int8Facts(): Promise<Int8Facts> {
  return { hasDotProduct: hasInt8DotProduct(await readCpuinfo()), speed: await measureInt8() };
}

/**
 * How many times as fast as in float32 this processor multiplies matrices in int8, by a trial of half a second on one core; null where
 * the trial fails. A forward pass gains less: attention stays as it is.
 */
export async function measureInt8(): Promise<number | null> {
  const url = new URL('../inference/worker/int8-trial-worker.js', import.meta.url);
  const worker = startRuntime<Int8TrialCalls>(url, 'int8 trial');
  try {
    const { float32Ms, int8Ms } = await worker.call('measure', null);
    return float32Ms / int8Ms;
  } catch {
    return null;
  } finally {
    await worker.close();
  }
}
