import { Command, Option } from 'commander';
import type { CorpusOptions, EditCorpusOptions } from '../../pipelines/corpus-options.ts';
import type { RunTasksOptions } from '../../pipelines/executor/run-tasks.ts';
import type { PlanCorpusOptions } from '../../pipelines/plan-corpus.ts';
import { version } from '../version.ts';
import { addComparePriorsCommand } from './add-compare-priors-command.ts';
import { addDoctorCommand } from './add-doctor-command.ts';
import { addQuantiseCommand } from './add-quantise-command.ts';
import { addStatusCommand, type CommandContext } from './add-status-command.ts';
import { addSubmitCommand, type Submit } from './add-submit-command.ts';
import { addVerifyCommand } from './add-verify-command.ts';
import {
  addCorpusFlags,
  addShardFlags,
  type CorpusFlags,
  type ShardFlags,
  splitManners,
} from './corpus-flags.ts';
import { type EditFlags, editFlags, ruleOf } from './edit-flags.ts';
import type { JobManners } from './run-job.ts';

/** What the commands do, once their arguments are parsed. */
export interface Actions {
  readonly edit: (options: EditCorpusOptions, manners: JobManners) => Promise<void>;
  readonly score: (options: CorpusOptions, manners: JobManners) => Promise<void>;
  readonly plan: (options: PlanCorpusOptions, manners: JobManners) => Promise<void>;
  readonly run: (options: ShardRequest, manners: JobManners) => Promise<void>;
  readonly retry: (options: ShardRequest, manners: JobManners) => Promise<void>;
  readonly submit: Submit;
}

/** What `run` and `retry` are asked for; the shard may still be the scheduler's to tell. */
export type ShardRequest = RunTasksOptions & { readonly shards?: number | undefined };

/** The command line: its commands, flags and help. */
export function createProgram(actions: Actions, context: CommandContext): Command {
  const program = new Command('toedit')
    .description('Edit text corpora at the token level with a frozen language model.')
    .version(version)
    .addHelpText('after', programHelp);
  addEdit(program, actions);
  addScore(program, actions);
  addPlan(program, actions);
  addShardCommands(program, actions);
  addDoctorCommand(program, context);
  addQuantiseCommand(program, context);
  addComparePriorsCommand(program, context);
  addStatusCommand(program, context);
  addVerifyCommand(program, context);
  addSubmitCommand(program, actions.submit);
  return program;
}

function addEdit(program: Command, { edit }: Actions): void {
  const command = program
    .command('edit')
    .description('Redraw the tokens that the prior finds nearly certain; keep every other byte.')
    .addHelpText('after', editHelp)
    .action((inputs: string[], flags: EditFlags) => {
      const { options, manners } = splitManners(withRule(flags));
      return edit({ ...options, inputs }, manners);
    });
  addCorpusFlags(command, editFlags());
}

function addScore(program: Command, { score }: Actions): void {
  const command = program
    .command('score')
    .description('Add the columns token_ids and token_logprobs; edit nothing.')
    .addHelpText('after', scoreHelp)
    .action((inputs: string[], flags: CorpusFlags) => {
      const { options, manners } = splitManners(flags);
      return score({ ...options, inputs }, manners);
    });
  addCorpusFlags(command);
}

function addPlan(program: Command, { plan }: Actions): void {
  const command = program
    .command('plan')
    .description('Freeze a run into its output directory, for toedit run to carry out.')
    .addHelpText('after', planHelp)
    .action((inputs: string[], flags: EditFlags & Pick<PlanCorpusOptions, 'command'>) => {
      const { options, manners } = splitManners(withRule(flags));
      return plan({ ...options, inputs }, manners);
    });
  const which = new Option('--command <name>', 'what is to be run (default: edit)');
  addCorpusFlags(command, [which.choices(['edit', 'score']), ...editFlags()]);
}

function addShardCommands(program: Command, { run, retry }: Actions): void {
  const runCommand = program
    .command('run')
    .description('Carry out a planned run, or a shard of it; go on where an earlier one ended.')
    .addHelpText('after', runHelp)
    .action((output: string, flags: ShardFlags) => {
      const { options, manners } = splitManners(flags);
      return run({ ...options, output }, manners);
    });
  const retryCommand = program
    .command('retry')
    .description('Try again the files of a run that failed, bad ones included.')
    .addHelpText('after', retryHelp)
    .action((output: string, flags: ShardFlags) => {
      const { options, manners } = splitManners(flags);
      return retry({ ...options, output }, manners);
    });
  addShardFlags(runCommand);
  addShardFlags(retryCommand);
}

function withRule<Flags extends EditFlags>(flags: Flags) {
  const { exclusive, threshold, dropBelow, ...rest } = flags;
  return { ...rest, ...ruleOf({ exclusive, threshold, dropBelow }) };
}

const exitHelp = `
Exits with 0 when done, 1 when something failed that may be gone the next time, 2 on a wrong request,
3 when finished but for bad files or rows set aside, 75 when interrupted: the same command goes on.`;

const programHelp = `
Examples:
  toedit edit corpus/ --output edited/
  toedit score "corpus/**/*.parquet" --output scored/ --model models/smollm2-135m
  toedit plan corpus/ --output edited/ && toedit run edited/ --shard 0/4
  toedit status edited/
  toedit doctor --model models/smollm2-135m
  toedit quantise models/smollm2-135m --calibrate corpus/ --output models/smollm2-135m-int8
  toedit compare-priors models/smollm2-135m models/smollm2-135m-int8 --input corpus/
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

const planHelp = `
Examples:
  toedit plan corpus/ --output edited/ --model models/smollm2-135m
  toedit plan corpus/ --output scored/ --command score
  toedit run edited/ --shard 0/4
${exitHelp}`;

const runHelp = `
Examples:
  toedit run edited/
  toedit run edited/ --shard 3/64

Without --shard, the variables of Slurm, Kubernetes, AWS Batch and Grid Engine say which part is to be done.
${exitHelp}`;

const retryHelp = `
Examples:
  toedit retry edited/
  toedit retry edited/ --shard 3/64
${exitHelp}`;
