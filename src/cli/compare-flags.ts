import { Option } from 'commander';
import type { ComparePriorsOptions } from '../../pipelines/compare-priors.ts';
import { type Dtype, dtypes } from '../model/dtype.ts';
import { parseAgain, parseCount, parseDecimals, parseList } from './parse-value.ts';

/** The flags of `toedit compare-priors`, as commander parses them. */
export type CompareFlags = Omit<ComparePriorsOptions, 'inputs' | 'onProgress' | 'signal'> & {
  readonly input: readonly string[];
  readonly dtypeA?: Dtype;
  readonly dtypeB?: Dtype;
  readonly modelFileA?: string;
  readonly modelFileB?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
};

/** The flags of `toedit compare-priors`. */
export function compareFlags(): readonly Option[] {
  return [
    new Option('-i, --input <path>', 'the sample: a file, directory or glob; may be given again')
      .argParser(parseAgain)
      .makeOptionMandatory(),
    new Option('--dtype-a <name>', 'precision of A, as --dtype of edit').choices(dtypes),
    new Option('--dtype-b <name>', 'precision of B').choices(dtypes),
    new Option('--model-file-a <path>', 'graph of A, by name'),
    new Option('--model-file-b <path>', 'graph of B, by name'),
    new Option(
      '--thresholds <list>',
      'probabilities to decide at (default: 0.9,0.95,0.99,0.999)',
    ).argParser(parseDecimals),
    new Option('--text-column <name>', 'the column of documents (default: text)'),
    new Option('--max-rows <n>', 'documents to read at most (default: 1000)').argParser(parseCount),
    new Option(
      '--max-tokens <n>',
      'tokens to score at most, the first 2048 of a document (default: 50000)',
    ).argParser(parseCount),
    new Option('--device <kind>', 'what kind of device (default: as --devices, or cpu)').choices([
      'cpu',
      'cuda',
      'webgpu',
    ]),
    new Option('--devices <list>', 'as for edit (default: one engine)').argParser(parseList),
    new Option('--threads <n>', 'inference threads (default: all cores)').argParser(parseCount),
    new Option('--json', 'print one JSON object on stdout, and nothing else'),
    new Option('--quiet', 'print no progress'),
    new Option('--verbose', 'print stack traces'),
  ];
}
