import type { Command } from 'commander';
import type { VerifyOptions } from '../../pipelines/verify-run.ts';
import { renderVerification } from '../report/render-verification.ts';
import { isClean, type VerifyReport } from '../run/verify-report.ts';
import type { CommandContext } from './add-status-command.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterruption } from './interruption.ts';
import { printError } from './print-error.ts';
import type { Streams } from './run-job.ts';

interface VerifyFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Declares `toedit verify DIR`. */
export function addVerifyCommand(program: Command, context: CommandContext): void {
  program
    .command('verify')
    .description(
      'Hash every output of a run, make it once more from its input and edits, and compare every byte.',
    )
    .argument('<dir>', 'the output directory of the run')
    .option('--json', 'print one JSON object on stdout, and nothing else')
    .option('--verbose', 'print stack traces')
    .addHelpText('after', verifyHelp)
    .action(async (output: string, flags: VerifyFlags) => {
      context.setExitCode(await verify(output, flags, context.streams));
    });
}

async function verify(output: string, flags: VerifyFlags, streams: Streams): Promise<number> {
  const { json = false, verbose = false } = flags;
  using interruption = listenForInterruption(0);
  const { stop: signal } = interruption;
  try {
    const report = await verifyRun(output, { signal });
    streams.stdout.write(`${json ? JSON.stringify(report) : renderVerification(report)}\n`);
    return isClean(report) ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    return printError(error, { json, verbose, quiet: false }, streams);
  }
}

/** Loaded apart: TypeScript 6.0 does not rewrite the path of an import within a function that has a `using`. */
async function verifyRun(output: string, options: VerifyOptions): Promise<VerifyReport> {
  const pipeline = await import('../../pipelines/verify-run.ts');
  return await pipeline.verifyRun(output, options);
}

const verifyHelp = `
Examples:
  toedit verify edited/
  toedit verify edited/ --json

Makes one output at a time in the system's temporary directory (TMPDIR). Exits with 0 when all is well, 1 when something is not, 2 where there is no run.`;
