import type { RunSummary } from '../../src/metrics/summary.ts';
import { type ChosenTarget, killVariable } from './kill-target.ts';
import { flagsOf, type KilledCommand } from './killed-command.ts';
import { type EndedToedit, type StartedToedit, startToedit } from './start-toedit.ts';

/** What a run does, and where it reads, writes and spools. */
export interface RunPlace {
  readonly command: KilledCommand;
  readonly input: string;
  readonly output: string;
  readonly temporary: string;
}

/** How the process is run; a target kills it. */
export interface RunManner {
  readonly filesInFlight: number;
  readonly target?: ChosenTarget | undefined;
}

/** Starts the command that all runs of the kill test are: always the same but for the files in flight. */
export function startRun(place: RunPlace, { filesInFlight, target }: RunManner): StartedToedit {
  const { command, input, output } = place;
  const manner = ['--files-in-flight', String(filesInFlight), '--json'];
  const args = [command, input, '--output', output, ...flagsOf(command), ...manner];
  const preload = new URL('./kill-switch.js', import.meta.url).href;
  return startToedit(args, {
    TMPDIR: place.temporary,
    ...(target && {
      [killVariable]: JSON.stringify(target),
      NODE_OPTIONS: `--import=${preload}`,
    }),
  });
}

/** The summary that a run has printed: one that did all that could be done. */
export function summaryOf({ code, stdout, stderr }: EndedToedit): RunSummary {
  if (code !== 3 && code !== 0) {
    throw new Error(`a run ended with ${String(code)}: ${stderr}${stdout}`);
  }
  return JSON.parse(stdout) as RunSummary;
}
