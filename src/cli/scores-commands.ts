import { Command, Option } from 'commander';
import { type ResampleCorpusOptions } from '../../pipelines/resample-corpus.ts';
import { type CorpusSweep, type SweepCorpusOptions } from '../../pipelines/sweep-corpus.ts';
import { renderSweep } from '../report/render-sweep.ts';
import { type ParsedCommand, type RunCommand } from './command.ts';
import {
  addFlagsOf,
  type CorpusFlags,
  corpusRequest,
  priorFlags,
  ruleFlags,
} from './corpus-flags.ts';
import { type CorpusWork, corpusRun } from './corpus-run.ts';
import { shownPath } from './display.ts';
import { exitCodes, exitHelp } from './exit-codes.ts';
import {
  addFlags,
  type DisplayFlags,
  displayFlags,
  parseCounts,
  parseDecimals,
  parseFraction,
  splitDisplay,
} from './flags.ts';
import { describeFileError } from './print-error.ts';

// The pipeline is loaded when the command needs it, so that help and usage errors come at once.

/** `toedit resample SCORED --output DIR`. */
export function resampleCommand(run: RunCommand): Command {
  const command = new Command('resample')
    .description(
      'Edit a corpus from scores that toedit score --candidates kept: without a prior, with the bytes that toedit edit gives.',
    )
    .addHelpText('after', resampleHelp)
    .argument('<scored>', 'the output directory of toedit score --candidates')
    .requiredOption('-o, --output <dir>', 'output directory; it mirrors the corpus (required)')
    .action((scored: string, flags: CorpusFlags) => {
      const { options, settings } = corpusRequest([], flags);
      const { inputs: _, ...others } = options;
      const request: ResampleCorpusOptions = { ...others, scored };
      const resample: CorpusWork = async (hooks) => {
        const { resampleCorpus } = await import('../../pipelines/resample-corpus.ts');
        return resampleCorpus({ ...request, ...hooks });
      };
      return run(corpusRun(resample, settings, request), settings);
    });
  addFlags(command, ruleFlags(), 'Rule:');
  addFlagsOf(command, 'Data:', [
    ...[
      '--key-column',
      '--key-places',
      '--seed',
      '--format',
      '--on-bad-row',
      '--ledger',
      '--no-ledger',
    ],
    ...['--card', '--overwrite'],
  ]);
  const model = 'refuse scores that are not those of this prior (default: take them as they are)';
  addFlags(command, [new Option('--model <dir|name>', model)], 'Prior:');
  addFlagsOf(command, 'Run:', [
    ...['--files-in-flight', '--max-bad-files', '--max-dead-letters', '--grace'],
  ]);
  return addFlags(command, displayFlags('print errors only'), 'Display:');
}

const resampleHelp = `
Examples:
  toedit score corpus/ --output scored/ --candidates 8
  toedit resample scored/ --output edited/ --seed 7
  toedit resample scored/ --output edited-more/ --threshold 0.95 --temperature 2
${exitHelp}`;

interface SweepFlags
  extends DisplayFlags,
    Omit<SweepCorpusOptions, 'inputs' | 'thresholds' | 'temperatures' | 'topKs'> {
  readonly threshold?: readonly number[] | undefined;
  readonly temperature?: readonly number[] | undefined;
  readonly topK?: readonly number[] | undefined;
}

/** `toedit sweep SCORED` and `toedit sweep CORPUS...`. */
export function sweepCommand(run: RunCommand): Command {
  const command = new Command('sweep')
    .description('Compute what each setting would change in a corpus, before anything is changed.')
    .argument('<input...>', 'the output of toedit score --candidates, or a corpus to score first')
    .addHelpText('after', sweepHelp)
    .action((inputs: string[], flags: SweepFlags) => {
      const { options, display } = splitDisplay(flags);
      const { threshold: thresholds, temperature: temperatures, topK: topKs, ...rest } = options;
      return run(sweepOf({ ...rest, inputs, thresholds, temperatures, topKs }), display);
    });
  addFlags(command, sweepFlags(), 'Settings:');
  addFlagsOf(command, 'Data, of a corpus that is not scored yet:', [
    ...['--text-column', '--roles', '--role-field', '--limit', '--on-bad-row', '--max-text-bytes'],
  ]);
  addFlags(command, priorFlags(), 'Prior, of a corpus that is not scored yet:');
  addFlagsOf(command, 'Run:', ['--devices', '--threads', '--max-batch-tokens']);
  return addFlags(command, displayFlags('print no progress'), 'Display:');
}

function sweepFlags(): readonly Option[] {
  return [
    new Option('--threshold <list>', 'thresholds to compare (default: 0.9,0.95,0.99)').argParser(
      parseDecimals,
    ),
    new Option('--temperature <list>', 'temperatures to compare (default: 1,1.5,2)').argParser(
      parseDecimals,
    ),
    new Option('--top-k <list>', 'numbers of candidates to compare (default: 8)').argParser(
      parseCounts,
    ),
    new Option('--exclude-original', 'never draw the original token'),
    new Option(
      '--wanted <share>',
      'find the temperatures that change this share of all tokens, such as 1%',
    ).argParser(parseFraction),
  ];
}

function sweepOf(options: SweepCorpusOptions): ParsedCommand<CorpusSweep> {
  return {
    work: async ({ signal, hub, notice, onProgress }) => {
      const { sweepCorpus } = await import('../../pipelines/sweep-corpus.ts');
      return await sweepCorpus({ ...options, signal, hub, onNotice: notice, onProgress });
    },
    render: renderSweep,
    problemsOf: ({ failed }) =>
      failed.map(({ input, message }) => describeFileError(shownPath(input), message)),
    exitCodeOf: ({ failed }) => (failed.length === 0 ? exitCodes.done : exitCodes.incomplete),
  };
}

const sweepHelp = `
Examples:
  toedit sweep corpus/ --limit 100
  toedit score corpus/ --output scored/ --candidates 64 --candidate-threshold 0.5
  toedit sweep scored/ --threshold 0.5,0.9,0.99 --temperature 1,2 --top-k 8,64
  toedit sweep scored/ --wanted 1%

Exit codes: 0 all files are counted; 2 the request is at fault; 3 some files could not be scored.`;
