import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../sandbox.ts';

/** What a process left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process under way. */
export interface RunningToedit {
  readonly outcome: Promise<Outcome>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the command line, as `npx toedit` would. */
export function startToedit(args: readonly string[], cwd: string): RunningToedit {
  const child = spawn(process.execPath, [join(root, 'dist/src/cli/main.js'), ...args], { cwd });
  child.stdin.end();
  const outcome = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return {
    outcome: outcome.then(([[code], stdout, stderr]) => ({ code: code as number, stdout, stderr })),
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs the command line to its end. */
export async function runToedit(args: readonly string[], cwd: string): Promise<Outcome> {
  return startToedit(args, cwd).outcome;
}
