import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PriorFile } from './contestants.ts';

/** What `toedit quantise` is asked for. */
export interface QuantiseRequest {
  readonly model: PriorFile;
  /** A file of the corpus. */
  readonly calibrate: string;
  readonly output: string;
  readonly fast: boolean;
}

/** What it took. */
export interface QuantiseCost {
  readonly seconds: number;
  /** The peak of its resident memory, by Linux; NaN elsewhere. */
  readonly peakRssBytes: number;
}

const toedit = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/**
 * Runs `toedit quantise` in a process of its own.
 *
 * @throws Error where it fails.
 */
export async function quantise(request: QuantiseRequest): Promise<QuantiseCost> {
  const { model, calibrate, output, fast } = request;
  const flags = ['--model-file', model.modelFile, '--calibrate', calibrate, '--output', output];
  const args = [toedit, 'quantise', model.directory, ...flags, ...(fast ? ['--fast'] : [])];
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  let peakRssBytes = Number.NaN;
  // The high-water mark itself is read: what is missed is what comes after the last look.
  const timer = setInterval(() => {
    peakRssBytes = peakRssOf(child.pid) ?? peakRssBytes;
  }, 50);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`toedit quantise ended with ${String(code)}: ${args.join(' ')}`);
  return { seconds: (performance.now() - started) / 1000, peakRssBytes };
}

function peakRssOf(pid: number | undefined): number | null {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}
