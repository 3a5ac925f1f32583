import { Option } from 'commander';
import type { QuantiseOptions } from '../../pipelines/quantise-options.ts';
import { dtypeOption } from './dtype-option.ts';
import { parseAgain, parseCount, parseDecimal, parseFraction } from './parse-value.ts';

/** The flags of `toedit quantise`, as commander parses them. */
export type QuantiseFlags = Omit<QuantiseOptions, 'model' | 'onStep' | 'signal'> & {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
};

/** The flags of `toedit quantise`. */
export function quantiseFlags(): readonly Option[] {
  return [
    new Option(
      '-c, --calibrate <path>',
      'a sample of the corpus: a file, directory or glob; may be given again',
    )
      .argParser(parseAgain)
      .makeOptionMandatory(),
    new Option('-o, --output <dir>', 'directory of the quantised prior').makeOptionMandatory(),
    new Option(
      '--keep-decisions <share>',
      'of the decisions, how many may change on the sample, such as 0.05% (default: 0.1%)',
    )
      .argParser(parseFraction)
      .conflicts('fast'),
    new Option('--fast', 'every layer in int8, whatever it costs in decisions'),
    new Option('--threshold <p>', 'the probability to decide at (default: 0.99)').argParser(
      parseDecimal,
    ),
    new Option('--text-column <name>', 'the column of documents (default: text)'),
    dtypeOption(),
    new Option('--model-file <path>', 'the graph to quantise, by name (default: as --dtype)'),
    new Option('--threads <n>', 'inference threads (default: all cores)').argParser(parseCount),
    new Option('--overwrite', 'replace what is at --output'),
    new Option('--json', 'print one JSON object on stdout, and nothing else'),
    new Option('--quiet', 'print no progress'),
    new Option('--verbose', 'print stack traces'),
  ];
}
