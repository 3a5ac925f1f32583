import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import type { RunWatch } from '../../pipelines/run-status.ts';
import { isComplete, type RunStatus } from '../metrics/run-status.ts';
import { isClean, type VerifyReport } from '../metrics/verify-report.ts';
import { renderStatus, renderStatusLine } from '../report/render-status.ts';
import { renderVerification } from '../report/render-verification.ts';
import { printableReport } from '../text/printable.ts';
import type { ParsedCommand, RunCommand, WorkContext } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { addFlags, type DisplayFlags, displayFlags, splitDisplay } from './flags.ts';

type StatusFlags = DisplayFlags & { readonly watch?: boolean | undefined };

/** `toedit status DIR`. */
export function statusCommand(run: RunCommand): Command {
  const command = new Command('status')
    .description('Show the progress of a run, whichever processes work on it.')
    .argument('<dir>', 'the output directory of the run')
    .addHelpText('after', statusHelp)
    .action((output: string, flags: StatusFlags) => {
      const { options, display } = splitDisplay(flags);
      return run(statusOf(output, { ...options, json: display.json }), display);
    });
  const watch = new Option('--watch', 'show it repeatedly until the run is complete');
  return addFlags(command, [watch, ...displayFlags()]);
}

interface StatusOptions {
  readonly watch?: boolean | undefined;
  readonly json: boolean;
}

function statusOf(output: string, { watch, json }: StatusOptions): ParsedCommand<RunStatus> {
  return {
    work: async (context) => {
      const { watchRun } = await import('../../pipelines/run-status.ts');
      const run = watchRun(output);
      return watch === true ? await awaitEnd(run, json, context) : await run.status();
    },
    render: renderStatus,
  };
}

const redrawMs = 2000;
const logMs = 10_000;
const clearScreen = '\u001b[H\u001b[2J';

/**
 * Shows how a run stands again and again, and resolves with how it stands when it is complete.
 *
 * @throws the signal's reason.
 */
async function awaitEnd(
  watch: RunWatch,
  json: boolean,
  { stdout, signal }: WorkContext,
): Promise<RunStatus> {
  const isDrawn = stdout.isTTY === true && !json;
  for (;;) {
    const status = await watch.status();
    if (isDrawn) stdout.write(clearScreen);
    if (isComplete(status)) return status;
    const text = isDrawn ? renderStatus(printableReport(status)) : renderStatusLine(status);
    stdout.write(`${json ? JSON.stringify(status) : text}\n`);
    await sleep(isDrawn ? redrawMs : logMs, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
}

const statusHelp = `
Examples:
  toedit status edited/
  toedit status edited/ --watch
  toedit status edited/ --json

Exit codes: 0 when the run could be read, whatever its state; 2 when there is no run.`;

/** `toedit verify DIR`. */
export function verifyCommand(run: RunCommand): Command {
  const command = new Command('verify')
    .description(
      'Check every output of a run: hash it, make it again from its input and edits, and compare every byte.',
    )
    .argument('<dir>', 'the output directory of the run')
    .addHelpText('after', verifyHelp)
    .action((output: string, flags: DisplayFlags) =>
      run(verificationOf(output), splitDisplay(flags).display),
    );
  return addFlags(command, displayFlags());
}

function verificationOf(output: string): ParsedCommand<VerifyReport> {
  return {
    work: async ({ signal }) => {
      const { verifyRun } = await import('../../pipelines/verify-run.ts');
      return await verifyRun(output, { signal });
    },
    render: renderVerification,
    exitCodeOf: (report) => (isClean(report) ? exitCodes.done : exitCodes.failed),
  };
}

const verifyHelp = `
Examples:
  toedit verify edited/
  toedit verify edited/ --json

Makes one output at a time in the system's temporary directory (TMPDIR).
Exit codes: 0 all outputs are right; 1 something is wrong; 2 there is no run.`;
