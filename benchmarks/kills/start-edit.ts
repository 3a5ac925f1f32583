import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { RunSummary } from '../../src/metrics/summary.ts';
import { type ChosenTarget, killVariable } from './kill-target.ts';

/** Where a run reads, writes and spools. */
export interface EditPlace {
  readonly corpus: string;
  readonly output: string;
  readonly temporary: string;
}

/** How the process is run; a target kills it. */
export interface EditManner {
  readonly filesInFlight: number;
  readonly target?: ChosenTarget | undefined;
}

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

/** Starts the command that all runs of the kill test are: always the same but for the files in flight. */
export function startEdit(place: EditPlace, { filesInFlight, target }: EditManner): StartedToedit {
  const rule = ['--preset', 'official-up', '--threshold', '0.5', '--seed', '7'];
  const policy = ['--on-bad-row', 'dead-letter', '--files-in-flight', String(filesInFlight)];
  const args = ['edit', place.corpus, '--output', place.output, ...rule, ...policy, '--json'];
  const preload = new URL('./kill-switch.js', import.meta.url).href;
  return startToedit(args, {
    TMPDIR: place.temporary,
    ...(target && {
      [killVariable]: JSON.stringify(target),
      NODE_OPTIONS: `--import=${preload}`,
    }),
  });
}

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

/** The summary that a run has printed. */
export function summaryOf({ code, stdout, stderr }: EndedToedit): RunSummary {
  if (code !== 3) throw new Error(`a run ended with ${String(code)}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as RunSummary;
}
