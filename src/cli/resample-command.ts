import { Command, Option } from 'commander';
import type { ResampleCorpusOptions } from '../../pipelines/resample-corpus.ts';
import type { RunCommand } from './command.ts';
import { addFlagsOf, type CorpusFlags, corpusRequest, ruleFlags } from './corpus-flags.ts';
import { type CorpusWork, corpusRun } from './corpus-run.ts';
import { exitHelp } from './exit-codes.ts';
import { addFlags, displayFlags } from './flags.ts';

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
    ...['--key-column', '--seed', '--format', '--on-bad-row', '--ledger', '--no-ledger'],
    ...['--card', '--overwrite'],
  ]);
  const model = 'refuse scores that are not those of this prior (default: take them as they are)';
  addFlags(command, [new Option('--model <dir>', model)], 'Prior:');
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
