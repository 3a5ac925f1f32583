import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** GNU time, which says how much memory a process had at most. */
const time = '/usr/bin/time';

/** False where it is absent; then tests that need it are skipped, and say so. */
export const hasPeakMemory: boolean = existsSync(time);

if (!hasPeakMemory) console.warn(`skipped: tests of memory need ${time}`);

/** How the command line ended, and the most memory it had, in bytes. */
export interface MeasuredOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly peakBytes: number;
}

const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Runs the compiled command line in `directory`. */
export async function measureToedit(
  args: readonly string[],
  directory: string,
): Promise<MeasuredOutcome> {
  const report = `${directory}/peak-kib`;
  const child = spawn(time, ['-o', report, '-f', '%M', process.execPath, main, ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  const peak = readFileSync(report, 'utf8').trim().split('\n').at(-1);
  return { code, stdout, stderr, peakBytes: 1024 * Number(peak) };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
