import { Command, Option } from 'commander';
import type { QuantiseOptions } from '../../pipelines/sample/draw-quantisation-sample.ts';
import type { QuantisationReport } from '../quantisation/provenance.ts';
import { renderQuantisation } from '../report/render-comparison.ts';
import type { ParsedCommand, RunCommand } from './command.ts';
import { shownPath } from './display.ts';
import {
  addFlags,
  countFlag,
  type DisplayFlags,
  displayFlags,
  dtypeFlag,
  parseAgain,
  parseDecimal,
  parseFraction,
  splitDisplay,
  textColumnFlag,
} from './flags.ts';

type QuantiseFlags = Omit<QuantiseOptions, 'model' | 'onStep' | 'signal'> & DisplayFlags;

/** `toedit quantise MODEL`. */
export function quantiseCommand(run: RunCommand): Command {
  const command = new Command('quantise')
    .alias('quantize')
    .description('Make an int8 copy of a prior, and report how many decisions change.')
    .argument('<model>', 'directory of the float32 prior')
    .addHelpText('after', quantiseHelp)
    .action((model: string, flags: QuantiseFlags) => {
      const { options, display } = splitDisplay(flags);
      return run(quantisationOf({ ...options, model }), display);
    });
  return addFlags(command, [...quantiseFlags(), ...displayFlags('print no progress')]);
}

function quantiseFlags(): readonly Option[] {
  return [
    new Option(
      '-c, --calibrate <path>',
      'a sample of the corpus: a file, directory or glob; may be repeated',
    )
      .argParser(parseAgain)
      .makeOptionMandatory(),
    new Option('-o, --output <dir>', 'directory of the quantised prior').makeOptionMandatory(),
    new Option(
      '--keep-decisions <share>',
      'largest share of decisions that may change on the sample, such as 0.05% (default: 0.1%)',
    )
      .argParser(parseFraction)
      .conflicts('fast'),
    new Option('--fast', 'put every layer in int8, however many decisions change'),
    new Option(
      '--threshold <p>',
      'the threshold that decisions are counted at (default: 0.99)',
    ).argParser(parseDecimal),
    textColumnFlag(),
    dtypeFlag(),
    new Option(
      '--model-file <path>',
      'the graph to quantise, by file name (default: chosen by --dtype)',
    ),
    countFlag('--threads <n>', 'inference threads (default: all cores)'),
    new Option('--overwrite', 'replace what is at --output'),
  ];
}

function quantisationOf(options: QuantiseOptions): ParsedCommand<QuantisationReport> {
  return {
    work: async ({ signal, hub, notice }) => {
      const { quantiseModel } = await import('../../pipelines/quantise-model.ts');
      return await quantiseModel({ ...options, signal, hub, onStep: notice });
    },
    render: ({ comparison, ...report }) => {
      const { worst } = comparison;
      return renderQuantisation({
        ...report,
        source: shownPath(report.source),
        output: shownPath(report.output),
        comparison: { ...comparison, worst: worst && { ...worst, file: shownPath(worst.file) } },
      });
    },
  };
}

const quantiseHelp = `
Examples:
  toedit quantise models/smollm2-135m --calibrate corpus.parquet --output models/smollm2-135m-int8
  toedit quantise models/smollm2-135m --calibrate corpus/ --output models/fast --fast
  toedit quantise models/smollm2-135m --calibrate corpus/ --output models/close --keep-decisions 0.05%
  toedit edit corpus/ --output edited/ --model models/smollm2-135m-int8

Half of the sample's documents calibrate and choose; on the other half both priors are compared at the end. It helps on processors
with 8-bit dot products: see toedit doctor. docs/int8.md explains how it works and what was measured.

Exit codes: 0 quantised; 1 failed, but may work the next time; 2 the request or the prior is at fault; 3 the sample is damaged;
75 interrupted.`;
