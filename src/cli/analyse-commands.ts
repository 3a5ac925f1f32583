import { Argument, Command, Option } from 'commander';
import type { SelectDsirCorpusOptions } from '../../pipelines/select-dsir.ts';
import type { SelectionReport } from '../analysis/selection-report.ts';
import { renderSelection } from '../report/render-selection.ts';
import type { ParsedCommand, RunCommand } from './command.ts';
import { addFlagsOf } from './corpus-flags.ts';
import { shownPath } from './display.ts';
import {
  addFlags,
  countFlag,
  type DisplayFlags,
  displayFlags,
  parseAgain,
  splitDisplay,
} from './flags.ts';

type SelectFlags = Omit<SelectDsirCorpusOptions, 'signal'> & DisplayFlags;

/** `toedit select dsir --target HUMAN --from SYNTHETIC --rows n --output DIR`. */
export function selectCommand(run: RunCommand): Command {
  const command = new Command('select')
    .description('Select rows of a corpus that look like a target.')
    .addArgument(
      new Argument('<method>', 'how: dsir, importance resampling of n-grams').choices(['dsir']),
    )
    .requiredOption('-o, --output <dir>', 'output directory; it mirrors the corpus (required)')
    .addHelpText('after', selectHelp)
    .action((_method: string, flags: SelectFlags) => {
      const { options, display } = splitDisplay(flags);
      return run(selectionOf(options), display);
    });
  addFlags(command, selectFlags(), 'Selection:');
  addFlagsOf(command, 'Data:', ['--text-column', '--seed', '--overwrite']);
  return addFlags(command, displayFlags('print errors only'), 'Display:');
}

function selectFlags(): readonly Option[] {
  return [
    new Option('--target <path>', 'texts as they are wanted; may be repeated (required)')
      .argParser(parseAgain)
      .makeOptionMandatory(),
    new Option('--from <path>', 'the corpus to select from; may be repeated (required)')
      .argParser(parseAgain)
      .makeOptionMandatory(),
    countFlag('--rows <n>', 'how many rows to select (required)').makeOptionMandatory(),
  ];
}

function selectionOf(options: SelectDsirCorpusOptions): ParsedCommand<SelectionReport> {
  return {
    work: async ({ signal }) => {
      const { selectDsirCorpus } = await import('../../pipelines/select-dsir.ts');
      return await selectDsirCorpus({ ...options, signal });
    },
    render: (report) => {
      const files = report.files.map((file) => ({ ...file, output: shownPath(file.output) }));
      return renderSelection({ ...report, files });
    },
  };
}

const selectHelp = `
Examples:
  toedit select dsir --target human/ --from synthetic/ --rows 1000 --output selected/
  toedit select dsir --target human.parquet --from "crawl/**/*.jsonl.gz" --rows 100000 --seed 7 --output selected/ --json

Exit codes: 0 selected; 2 the request is at fault; 3 a file is damaged.`;
