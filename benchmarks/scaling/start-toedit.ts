import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const toedit = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Runs the compiled command to its end. */
export async function startToedit(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [toedit, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`toedit ${args.join(' ')} ended with ${String(code)}`);
}
