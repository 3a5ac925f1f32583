import type { Command } from 'commander';
import type {
  ComparePriorsOptions,
  ComparisonReport,
  PriorRequest,
} from '../../pipelines/compare-priors.ts';
import { renderComparison } from '../report/render-comparison.ts';
import type { ManifestPrior } from '../run/manifest/manifest.ts';
import type { CommandContext } from './add-status-command.ts';
import { type CompareFlags, compareFlags } from './compare-flags.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterruption } from './interruption.ts';
import { printError } from './print-error.ts';
import type { Streams } from './run-job.ts';
import { showProgress } from './show-progress.ts';
import { shownPath } from './shown-path.ts';

/** Declares `toedit compare-priors A B`. */
export function addComparePriorsCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('compare-priors')
    .description(
      'Tell how often a prior decides otherwise than another one, of the same tokenizer.',
    )
    .argument('<a>', 'directory of the reference: its decisions count as right')
    .argument('<b>', 'directory of the prior in question; may be the same, with another graph')
    .addHelpText('after', compareHelp)
    .action(async (a: string, b: string, flags: CompareFlags) => {
      context.setExitCode(await showComparison([a, b], flags, context.streams));
    });
  for (const option of compareFlags()) command.addOption(option);
}

async function showComparison(
  [a, b]: readonly [string, string],
  flags: CompareFlags,
  streams: Streams,
): Promise<number> {
  const { input, dtypeA, dtypeB, modelFileA, modelFileB, ...rest } = flags;
  const { json = false, quiet = false, verbose = false, ...options } = rest;
  using interruption = listenForInterruption(0);
  const { stop: signal } = interruption;
  const progress = showProgress(streams.stderr, () => performance.now());
  try {
    const report = await comparePriors(
      { model: a, dtype: dtypeA, modelFile: modelFileA },
      { model: b, dtype: dtypeB, modelFile: modelFileB },
      {
        ...{ ...options, inputs: input, signal },
        onProgress: (at) => {
          if (!quiet) progress.show({ ...at, file: shownPath(at.file) });
        },
      },
    );
    progress.end();
    streams.stdout.write(`${json ? JSON.stringify(report) : render(report)}\n`);
    return exitCodes.done;
  } catch (error) {
    progress.end();
    if (signal.aborted) return exitCodes.interrupted;
    return printError(error, { json, verbose, quiet }, streams);
  }
}

/** Loaded apart: TypeScript 6.0 does not rewrite the path of an import within a function that has a `using`. */
async function comparePriors(
  a: PriorRequest,
  b: PriorRequest,
  options: ComparePriorsOptions,
): Promise<ComparisonReport> {
  const pipeline = await import('../../pipelines/compare-priors.ts');
  return await pipeline.comparePriors(a, b, options);
}

function render({ a, b, ...report }: ComparisonReport): string {
  const { worst } = report;
  const shown = { ...report, worst: worst && { ...worst, file: shownPath(worst.file) } };
  return renderComparison(shown, { a: nameOf(a), b: nameOf(b) });
}

function nameOf({ path, modelFile, precision }: ManifestPrior): string {
  return `${shownPath(path)}, ${modelFile}, ${precision}`;
}

const compareHelp = `
Examples:
  toedit compare-priors models/smollm2-135m models/smollm2-135m-int8 --input corpus/
  toedit compare-priors models/smollm2-135m models/smollm2-135m --dtype-b int8 --input corpus/ --max-tokens 200000
  toedit compare-priors models/a models/b --input books.parquet --thresholds 0.5,0.9 --json

Every token is scored by both, first by A. Exits with 0 however much they differ, and with 2 where they cannot be compared.`;
