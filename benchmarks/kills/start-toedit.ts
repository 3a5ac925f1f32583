import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** A process of toedit. */
export interface StartedToedit {
  readonly pid: number;
  readonly kill: () => void;
  readonly ended: Promise<EndedToedit>;
}

/** What a process left behind. */
export interface EndedToedit {
  readonly code: number | null;
  readonly isKilled: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Starts toedit, as it was compiled. */
export function startToedit(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): StartedToedit {
  const main = file('../../src/cli/main.js');
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outputs = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return {
    pid: child.pid ?? Number.NaN,
    kill: () => child.kill('SIGKILL'),
    ended: outputs.then(([stdout, stderr]) => {
      const { exitCode: code, signalCode } = child;
      return { code, isKilled: signalCode === 'SIGKILL', stdout, stderr };
    }),
  };
}
