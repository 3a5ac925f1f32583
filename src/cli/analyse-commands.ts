import { Argument, Command, Option } from 'commander';
import type { AnalyseCorpusOptions } from '../../pipelines/analyse-corpus.ts';
import type { MergeAnalysesOptions } from '../../pipelines/merge-analyses.ts';
import type { SelectDsirCorpusOptions } from '../../pipelines/select-dsir.ts';
import type { AnalysisReport } from '../analysis/analysis-report.ts';
import type { SelectionReport } from '../analysis/selection-report.ts';
import { isRetryable, isUsageCode } from '../errors.ts';
import { renderAnalysis } from '../report/render-analysis.ts';
import { renderSelection } from '../report/render-selection.ts';
import type { ParsedCommand, RunCommand } from './command.ts';
import { addFlagsOf } from './corpus-flags.ts';
import { shownPath } from './display.ts';
import { exitCodes } from './exit-codes.ts';
import {
  addFlags,
  countFlag,
  type DisplayFlags,
  displayFlags,
  parseAgain,
  parseShardFlag,
  splitDisplay,
  textColumnFlag,
} from './flags.ts';
import { describeFileError } from './print-error.ts';

interface AnalyseFlags
  extends DisplayFlags,
    Omit<AnalyseCorpusOptions, 'sets' | 'onProgress' | 'signal'> {
  readonly as?: readonly string[] | undefined;
  readonly merge?: readonly string[] | undefined;
}

/** `toedit analyse CORPUS...`, and `toedit analyse --merge DIR`. */
export function analyseCommand(run: RunCommand): Command {
  const command = new Command('analyse')
    .description('Measure corpora and compare them: n-grams, and the scores of a prior.')
    .argument('[input...]', 'a corpus, or the output of toedit score --candidates')
    .addHelpText('after', analyseHelp)
    .action((inputs: string[], flags: AnalyseFlags) => {
      const { options, display } = splitDisplay(flags);
      const { as: named = [], merge, ...rest } = options;
      if (merge === undefined) {
        return run(analysisOf({ ...rest, sets: setsOf(command, inputs, named) }), display);
      }
      const { output, ...others } = rest;
      refuseWithMerge(command, [...inputs, ...named, ...Object.keys(others)]);
      return run(mergeOf({ from: merge, output }), display);
    });
  addFlags(command, analyseFlags(), 'Analysis:');
  addFlags(command, [textColumnFlag()], 'Data:');
  addFlagsOf(command, 'Data:', ['--limit']);
  return addFlags(command, displayFlags('print no progress'), 'Display:');
}

function analyseFlags(): readonly Option[] {
  return [
    new Option(
      '--as <name=path>',
      'a corpus by a name, to be compared; may be repeated (the reference is human, else the first)',
    ).argParser(parseAgain),
    new Option('--group-by <column>', 'measure the values of a column apart, too: 100 at most'),
    new Option(
      '-o, --output <dir>',
      'keep a state of each file there, to go on or to merge, and analysis.json',
    ),
    new Option('--shard <i/n>', 'do a part of the files: 0/n to n-1/n (wants --output)').argParser(
      parseShardFlag,
    ),
    new Option(
      '--merge <dir>',
      'put analyses together, such as those of shards; may be repeated',
    ).argParser(parseAgain),
  ];
}

/** A path is a set by the name before the first `=`; inputs without a name are one set, `corpus`. */
function setsOf(
  command: Command,
  inputs: readonly string[],
  named: readonly string[],
): AnalyseCorpusOptions['sets'] {
  const sets = new Map<string, string[]>();
  if (inputs.length > 0) sets.set('corpus', [...inputs]);
  for (const each of named) {
    const [, name, path] = namedPath.exec(each) ?? [];
    if (name === undefined || path === undefined) {
      command.error(`error: --as is ${each}: write it as a name and a path, such as human=corpus/`);
    }
    sets.set(name, [...(sets.get(name) ?? []), path]);
  }
  if (sets.size === 0) command.error('error: there is nothing to measure: name a corpus');
  return [...sets].map(([name, paths]) => ({ name, inputs: paths }));
}

const namedPath = /^([^=]+)=(.+)$/s;

function refuseWithMerge(command: Command, others: readonly string[]): void {
  const [first] = others;
  if (first === undefined) return;
  command.error(`error: --merge takes what was analysed already: leave out ${first}`);
}

function analysisOf(options: AnalyseCorpusOptions): ParsedCommand<AnalysisReport> {
  return {
    work: async ({ signal, onProgress }) => {
      const { analyseCorpus } = await import('../../pipelines/analyse-corpus.ts');
      return await analyseCorpus({ ...options, signal, onProgress });
    },
    ...shownAnalysis,
  };
}

function mergeOf(options: MergeAnalysesOptions): ParsedCommand<AnalysisReport> {
  return {
    work: async ({ signal }) => {
      const { mergeAnalyses } = await import('../../pipelines/merge-analyses.ts');
      return await mergeAnalyses({ ...options, signal });
    },
    ...shownAnalysis,
  };
}

const shownAnalysis: Omit<ParsedCommand<AnalysisReport>, 'work'> = {
  render: (report) => (isHopeless(report) ? null : renderAnalysis(report)),
  problemsOf: ({ failed }) =>
    failed.map(({ input, message }) => describeFileError(shownPath(input), message)),
  exitCodeOf: (report) => {
    const { failed } = report;
    if (isHopeless(report)) return exitCodes.usage;
    if (failed.some(({ code }) => isRetryable(code))) return exitCodes.failed;
    return failed.length === 0 ? exitCodes.done : exitCodes.incomplete;
  },
};

/** Where no file fits the request, such as a column that none has, the request is at fault. */
function isHopeless({ sets, failed }: AnalysisReport): boolean {
  const isAllFailed = sets.every(({ files }) => files === 0) && failed.length > 0;
  return isAllFailed && failed.every(({ code }) => isUsageCode(code));
}

const analyseHelp = `
Examples:
  toedit analyse corpus/
  toedit analyse --as human=corpus/ --as edited=edited/ --group-by source --json
  toedit analyse scored/
  toedit analyse corpus/ --output analysis/ --shard 0/2
  toedit analyse --merge analysis/ --output merged/

Exit codes: 0 all files are measured; 1 some failed, but may work the next time; 2 the request is at fault;
3 some files are bad; 75 interrupted, and the same command continues where there is an --output.`;

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
  addFlags(command, [textColumnFlag()], 'Data:');
  addFlagsOf(command, 'Data:', ['--seed', '--overwrite']);
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
      return renderSelection({ ...report, files }, options.rows);
    },
  };
}

const selectHelp = `
Examples:
  toedit select dsir --target human/ --from synthetic/ --rows 1000 --output selected/
  toedit select dsir --target human.parquet --from "crawl/**/*.jsonl.gz" --rows 100000 --seed 7 --output selected/ --json

Exit codes: 0 selected; 2 the request is at fault; 3 a file is damaged.`;
