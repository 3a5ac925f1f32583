import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { RunWatch } from '../../pipelines/run-status.ts';
import { renderStatus, renderStatusLine } from '../report/render-status.ts';
import { isComplete, type RunStatus } from '../run/run-status.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterruption } from './interruption.ts';
import { printError } from './print-error.ts';
import type { Streams } from './run-job.ts';

/** Where a command prints, and whom it tells its exit code. */
export interface CommandContext {
  readonly streams: Streams;
  readonly setExitCode: (code: number) => void;
}

interface StatusFlags {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly verbose?: boolean;
}

/** Declares `toedit status DIR`. */
export function addStatusCommand(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('Tell how a run stands, whoever works on it.')
    .argument('<dir>', 'the output directory of the run')
    .option('--json', 'print one JSON object on stdout, and nothing else')
    .option('--watch', 'show it again and again, until the run is complete')
    .option('--verbose', 'print stack traces')
    .addHelpText('after', statusHelp)
    .action(async (output: string, flags: StatusFlags) => {
      context.setExitCode(await showStatus(output, flags, context.streams));
    });
}

async function showStatus(output: string, flags: StatusFlags, streams: Streams): Promise<number> {
  try {
    const { watchRun } = await import('../../pipelines/run-status.ts');
    const watch = watchRun(output);
    if (flags.watch === true) return await showAgain(watch, flags, streams);
    const status = await watch.status();
    print(status, flags, streams);
    return exitCodes.done;
  } catch (error) {
    const { json = false, verbose = false } = flags;
    return printError(error, { json, verbose, quiet: false }, streams);
  }
}

function print(status: RunStatus, { json = false }: StatusFlags, { stdout }: Streams): void {
  stdout.write(`${json ? JSON.stringify(status) : renderStatus(status)}\n`);
}

const redrawMs = 2000;
const logMs = 10_000;
const clearScreen = '\u001b[H\u001b[2J';

async function showAgain(watch: RunWatch, flags: StatusFlags, streams: Streams): Promise<number> {
  using interruption = listenForInterruption(0);
  const { stop: signal } = interruption;
  const { stdout } = streams;
  const isDrawn = stdout.isTTY === true && flags.json !== true;
  for (;;) {
    const status = await watch.status();
    const isEnd = isComplete(status);
    if (isDrawn) stdout.write(clearScreen);
    if (isDrawn || isEnd || flags.json === true) print(status, flags, streams);
    else stdout.write(`${renderStatusLine(status)}\n`);
    if (isEnd) return exitCodes.done;
    await sleep(isDrawn ? redrawMs : logMs, undefined, { signal }).catch(() => null);
    if (signal.aborted) return exitCodes.done;
  }
}

const statusHelp = `
Examples:
  toedit status edited/
  toedit status edited/ --watch
  toedit status edited/ --json

Exits with 0 where the run could be read, however it stands, and with 2 where there is none.`;
