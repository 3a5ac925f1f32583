import type { Command } from 'commander';
import type { QuantiseOptions } from '../../pipelines/quantise-options.ts';
import type { QuantisationReport } from '../report/quantisation-report.ts';
import { renderQuantisation } from '../report/render-quantisation.ts';
import type { CommandContext } from './add-status-command.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterruption } from './interruption.ts';
import { printError } from './print-error.ts';
import { type QuantiseFlags, quantiseFlags } from './quantise-flags.ts';
import type { Streams } from './run-job.ts';
import { shownPath } from './shown-path.ts';

/** Declares `toedit quantise MODEL`. */
export function addQuantiseCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('quantise')
    .alias('quantize')
    .description('Make an int8 copy of a prior, and tell what it costs in decisions.')
    .argument('<model>', 'directory of the prior, float32')
    .addHelpText('after', quantiseHelp)
    .action(async (model: string, flags: QuantiseFlags) => {
      context.setExitCode(await showQuantisation(model, flags, context.streams));
    });
  for (const option of quantiseFlags()) command.addOption(option);
}

async function showQuantisation(
  model: string,
  flags: QuantiseFlags,
  streams: Streams,
): Promise<number> {
  const { json = false, quiet = false, verbose = false, ...options } = flags;
  using interruption = listenForInterruption(0);
  const { stop: signal } = interruption;
  const onStep = (step: string): void => {
    if (!quiet) streams.stderr.write(`toedit: ${step}\n`);
  };
  try {
    const report = await quantiseModel({ ...options, model, onStep, signal });
    streams.stdout.write(`${json ? JSON.stringify(report) : render(report)}\n`);
    return exitCodes.done;
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    return printError(error, { json, verbose, quiet }, streams);
  }
}

/** Loaded apart: TypeScript 6.0 does not rewrite the path of an import within a function that has a `using`. */
async function quantiseModel(options: QuantiseOptions): Promise<QuantisationReport> {
  const pipeline = await import('../../pipelines/quantise-model.ts');
  return await pipeline.quantiseModel(options);
}

function render({ comparison, ...report }: QuantisationReport): string {
  const { worst } = comparison;
  return renderQuantisation({
    ...report,
    source: shownPath(report.source),
    output: shownPath(report.output),
    comparison: { ...comparison, worst: worst && { ...worst, file: shownPath(worst.file) } },
  });
}

const quantiseHelp = `
Examples:
  toedit quantise models/smollm2-135m --calibrate corpus.parquet --output models/smollm2-135m-int8
  toedit quantise models/smollm2-135m --calibrate corpus/ --output models/fast --fast
  toedit quantise models/smollm2-135m --calibrate corpus/ --output models/close --keep-decisions 0.05%
  toedit edit corpus/ --output edited/ --model models/smollm2-135m-int8

Half of the sample's documents calibrate and choose; on the other half both priors are compared at the end. It pays on processors with
8-bit dot products: see toedit doctor. docs/int8.md tells how it works, and what was measured.`;
