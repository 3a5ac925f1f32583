import { Command } from 'commander';
import type { CorpusOptions, EditCorpusOptions } from '../../pipelines/corpus-options.ts';
import { version } from '../version.ts';
import { addCorpusFlags, type CorpusFlags, type Display } from './corpus-flags.ts';
import { type EditFlags, editFlags, ruleOf } from './edit-flags.ts';

/** What the commands do, once their arguments are parsed. */
export interface Actions {
  readonly edit: (options: EditCorpusOptions, display: Display) => Promise<void>;
  readonly score: (options: CorpusOptions, display: Display) => Promise<void>;
}

/** The command line: its commands, flags and help. */
export function createProgram(actions: Actions): Command {
  const program = new Command('toedit')
    .description('Edit text corpora at the token level with a frozen language model.')
    .version(version)
    .addHelpText('after', programHelp);
  const edit = program
    .command('edit')
    .description('Redraw the tokens that the prior finds nearly certain; keep every other byte.')
    .addHelpText('after', editHelp)
    .action((inputs: string[], flags: EditFlags) => {
      const { exclusive, threshold, dropBelow, ...rest } = flags;
      const { options, display } = splitFlags(inputs, rest);
      return actions.edit({ ...options, ...ruleOf({ exclusive, threshold, dropBelow }) }, display);
    });
  const score = program
    .command('score')
    .description('Add the columns token_ids and token_logprobs; edit nothing.')
    .addHelpText('after', scoreHelp)
    .action((inputs: string[], flags: CorpusFlags) => {
      const { options, display } = splitFlags(inputs, flags);
      return actions.score(options, display);
    });
  addCorpusFlags(edit, editFlags());
  addCorpusFlags(score);
  return program;
}

function splitFlags<Flags extends CorpusFlags>(inputs: readonly string[], flags: Flags) {
  const { json = false, quiet = false, verbose = false, ...options } = flags;
  return { options: { inputs, ...options }, display: { json, quiet, verbose } };
}

const exitHelp = `
Exits with 0 when done, 1 when a file failed, 2 on a wrong request, 75 when interrupted.`;

const programHelp = `
Examples:
  toedit edit corpus/ --output edited/
  toedit score "corpus/**/*.parquet" --output scored/ --model models/smollm2-135m
  toedit help edit
${exitHelp}`;

const editHelp = `
Examples:
  toedit edit corpus/ --output edited/
  toedit edit books.parquet --output edited/ --model models/smollm2-135m --seed 7
  toedit edit books.parquet --output edited/ --preset official-up --report
  toedit edit shards.zip --output edited/ --threshold 0.95 --top-k 16 --exclude-original
${exitHelp}`;

const scoreHelp = `
Examples:
  toedit score corpus/ --output scored/
  toedit score poems.jsonl.gz --output scored/ --format parquet
${exitHelp}`;
