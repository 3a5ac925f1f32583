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
  /** Told of what it prints on stderr as it does. */
  onStderr(see: (text: string) => void): void;
}

/** What a process is started with, beside its arguments. */
export interface Start {
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** How long a file may become, in blocks of 512 bytes. @defaultValue no bound */
  readonly fileBlocks?: number | undefined;
}

/** Starts the command line, as `npx toedit` would. */
export function startToedit(
  args: readonly string[],
  cwd: string,
  { env = {}, fileBlocks }: Start = {},
): RunningToedit {
  const all = [join(root, 'dist/src/cli/main.js'), ...args];
  const limited = ['-c', `ulimit -f ${String(fileBlocks)} && exec "$0" "$@"`, process.execPath];
  const options = { cwd, env: { ...process.env, ...env } };
  const child =
    fileBlocks === undefined
      ? spawn(process.execPath, all, options)
      : spawn('sh', [...limited, ...all], options);
  child.stdin.end();
  const outcome = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return {
    outcome: outcome.then(([[code], stdout, stderr]) => ({ code: code as number, stdout, stderr })),
    kill: (signal) => void child.kill(signal),
    onStderr: (see) => void child.stderr.on('data', (chunk: Buffer) => see(chunk.toString())),
  };
}

/** Runs the command line to its end. */
export async function runToedit(
  args: readonly string[],
  cwd: string,
  start: Start = {},
): Promise<Outcome> {
  return startToedit(args, cwd, start).outcome;
}
