import { Command, Option } from 'commander';
import type {
  ComparePriorsOptions,
  ComparisonReport,
  PriorRequest,
} from '../../pipelines/compare-priors.ts';
import { type Dtype, dtypes } from '../model/find-model-file.ts';
import { renderComparison } from '../report/render-comparison.ts';
import type { ManifestPrior } from '../run/manifest/manifest.ts';
import type { ParsedCommand, RunCommand } from './command.ts';
import { shownPath } from './display.ts';
import {
  addFlags,
  countFlag,
  type DisplayFlags,
  deviceFlag,
  devicesFlag,
  displayFlags,
  parseAgain,
  parseDecimals,
  splitDisplay,
  textColumnFlag,
} from './flags.ts';

type CompareFlags = Omit<ComparePriorsOptions, 'inputs' | 'hub' | 'onProgress' | 'signal'> & {
  readonly input: readonly string[];
  readonly dtypeA?: Dtype;
  readonly dtypeB?: Dtype;
  readonly modelFileA?: string;
  readonly modelFileB?: string;
} & DisplayFlags;

/** `toedit compare-priors A B`. */
export function comparePriorsCommand(run: RunCommand): Command {
  const command = new Command('compare-priors')
    .description('Report how often two priors with the same tokenizer decide differently.')
    .argument(
      '<a>',
      'the reference, whose decisions count as right: a directory, or a name on the hub',
    )
    .argument('<b>', 'the prior to compare; may be the same, with another graph')
    .addHelpText('after', compareHelp)
    .action((modelA: string, modelB: string, flags: CompareFlags) => {
      const { input, dtypeA, dtypeB, modelFileA, modelFileB, ...rest } = flags;
      const { options, display } = splitDisplay(rest);
      const a = { model: modelA, dtype: dtypeA, modelFile: modelFileA };
      const b = { model: modelB, dtype: dtypeB, modelFile: modelFileB };
      return run(comparisonOf(a, b, { ...options, inputs: input }), display);
    });
  return addFlags(command, [...compareFlags(), ...displayFlags('print no progress')]);
}

function compareFlags(): readonly Option[] {
  return [
    new Option('-i, --input <path>', 'the sample: a file, directory or glob; may be repeated')
      .argParser(parseAgain)
      .makeOptionMandatory(),
    new Option('--dtype-a <name>', 'precision of A, as --dtype of edit').choices(dtypes),
    new Option('--dtype-b <name>', 'precision of B').choices(dtypes),
    new Option('--model-file-a <path>', 'graph of A, by file name'),
    new Option('--model-file-b <path>', 'graph of B, by file name'),
    new Option(
      '--thresholds <list>',
      'thresholds that decisions are counted at (default: 0.9,0.95,0.99,0.999)',
    ).argParser(parseDecimals),
    textColumnFlag(),
    countFlag('--max-rows <n>', 'read at most so many documents (default: 1000)'),
    countFlag(
      '--max-tokens <n>',
      'score at most so many tokens, at most 2048 of each document (default: 50000)',
    ),
    deviceFlag(),
    devicesFlag(),
    countFlag('--threads <n>', 'inference threads (default: all cores)'),
  ];
}

function comparisonOf(
  a: PriorRequest,
  b: PriorRequest,
  options: ComparePriorsOptions,
): ParsedCommand<ComparisonReport> {
  return {
    work: async ({ signal, hub, onProgress }) => {
      const { comparePriors } = await import('../../pipelines/compare-priors.ts');
      return await comparePriors(a, b, { ...options, signal, hub, onProgress });
    },
    render: (report) => {
      const { worst } = report;
      const shown = { ...report, worst: worst && { ...worst, file: shownPath(worst.file) } };
      return renderComparison(shown, { a: nameOf(report.a), b: nameOf(report.b) });
    },
  };
}

function nameOf({ path, modelFile, precision }: ManifestPrior): string {
  return `${shownPath(path)}, ${modelFile}, ${precision}`;
}

const compareHelp = `
Examples:
  toedit compare-priors models/smollm2-135m models/smollm2-135m-int8 --input corpus/
  toedit compare-priors models/smollm2-135m models/smollm2-135m --dtype-b int8 --input corpus/ --max-tokens 200000
  toedit compare-priors models/a models/b --input books.parquet --thresholds 0.5,0.9 --json

Both score every token, A first. Exit codes: 0 compared, however much they differ; 2 they cannot be compared.`;
