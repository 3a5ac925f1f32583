import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { dirname, join } from 'node:path';
import type { Batching } from '../inference/batching.ts';
import type { Prior } from '../model/load-prior.ts';
import { version } from '../version.ts';
import type { MeasuredPass, MeasuredPasses } from './measure-passes.ts';

/** What was measured, and what was chosen by it. */
export interface Tuning extends Batching, MeasuredPasses {}

/** What a measurement holds for, beside the machine. */
export type TunedPrior = Pick<Prior, 'modelFingerprint' | 'device' | 'threads' | 'engines'>;

/**
 * Where a measurement is kept: a file of its own for each model, device, number of threads and engines, processor, and version of
 * toedit.
 */
export function tuningFile(prior: TunedPrior, cacheDirectory: string): string {
  const { modelFingerprint, device, threads, engines } = prior;
  const processor = [platform(), arch(), cpus()[0]?.model ?? '', availableParallelism()];
  const facts = [version, modelFingerprint, device, threads, engines, ...processor];
  const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
  return join(cacheDirectory, 'batching', `${key}.json`);
}

/** The measurement in a file; null where there is none that can be used. */
export async function readTuning(file: string): Promise<Tuning | null> {
  try {
    const found: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isTuning(found) ? found : null;
  } catch {
    return null;
  }
}

/** Keeps a measurement; false where that cannot be: then the next run measures again. */
export async function writeTuning(file: string, tuning: Tuning): Promise<boolean> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(temporary, `${JSON.stringify(tuning)}\n`);
    await rename(temporary, file);
    return true;
  } catch {
    return false;
  }
}

function isTuning(found: unknown): found is Tuning {
  const { maxBatchTokens, runTokens, passes, end } = (found ?? {}) as Partial<Tuning>;
  return (
    isCount(maxBatchTokens, 1) &&
    isCount(runTokens, 0) &&
    ends.has(end) &&
    Array.isArray(passes) &&
    passes.every(isPass)
  );
}

const ends: ReadonlySet<unknown> = new Set(['level', 'time', 'refused', 'largest']);

function isPass(pass: unknown): pass is MeasuredPass {
  const { tokens, milliseconds } = (pass ?? {}) as Partial<MeasuredPass>;
  return isCount(tokens, 1) && typeof milliseconds === 'number' && milliseconds > 0;
}

function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= 2 ** 24;
}
