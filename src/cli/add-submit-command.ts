import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { SlurmOptions } from '../slurm/resolve-slurm-job.ts';
import type { Display } from './corpus-flags.ts';
import { parseCount, parseList } from './parse-value.ts';

/** What a submission shows, and whether it is one. */
export interface SubmitDisplay extends Display {
  /** Print the scripts and submit nothing. */
  readonly dryRun: boolean;
}

/** What the command does once its arguments are parsed; the call of toedit is left to the process. */
export type Submit = (
  options: Omit<SlurmOptions, 'command'>,
  display: SubmitDisplay,
) => Promise<void>;

type SubmitFlags = Omit<SlurmOptions, 'command' | 'run' | 'sbatchArgs'> &
  Partial<SubmitDisplay> & { readonly sbatchArg?: readonly string[] | undefined };

/** Declares `toedit submit slurm DIR`. */
export function addSubmitCommand(program: Command, submit: Submit): void {
  const command = program
    .command('submit')
    .description('Spread a planned run over a cluster, and verify it in the end.')
    .addArgument(new Argument('<scheduler>', 'the scheduler of the cluster').choices(['slurm']))
    .argument('<dir>', 'the output directory of the run, planned with toedit plan')
    .addHelpText('after', submitHelp)
    .action((_scheduler: string, run: string, flags: SubmitFlags) => {
      const { json = false, quiet = false, verbose = false, dryRun = false, ...rest } = flags;
      const { sbatchArg: sbatchArgs, ...options } = rest;
      return submit({ run, ...options, sbatchArgs }, { json, quiet, verbose, dryRun });
    });
  for (const option of arrayFlags()) command.addOption(option.helpGroup('Array:'));
  for (const option of displayFlags()) command.addOption(option.helpGroup('Display:'));
}

function arrayFlags(): readonly Option[] {
  return [
    new Option('--array <n>', 'shards to deal the run into')
      .argParser(parseCount)
      .makeOptionMandatory(),
    new Option('--concurrency <n>', 'array tasks at a time (default: as many as fit)').argParser(
      parseCount,
    ),
    new Option('--time <limit>', 'time limit of a task, such as 4:00:00; it then goes on later'),
    new Option(
      '--stop-early <seconds>',
      'stop so long before the time limit (default: 120)',
    ).argParser(parseCount),
    new Option(
      '--max-requeues <n>',
      'how often the time limit may requeue a task (default: 100)',
    ).argParser(parseCount),
    new Option(
      '--devices <list>',
      'an engine of a task on each, such as cuda:0,cuda:1 (default: one engine)',
    ).argParser(parseList),
    new Option('--partition <name>', 'where to run (default: that of the cluster)'),
    new Option(
      '--threads <n>',
      'CPUs of a task and inference threads (default: what Slurm gives)',
    ).argParser(parseCount),
    new Option('--sbatch-arg <option>', 'a further option of sbatch; may be repeated').argParser(
      collectOption,
    ),
  ];
}

function displayFlags(): readonly Option[] {
  return [
    new Option('--dry-run', 'print the scripts, write and submit nothing'),
    new Option('--json', 'print one JSON object on stdout, and nothing else'),
    new Option('--quiet', 'print errors only'),
    new Option('--verbose', 'print stack traces'),
  ];
}

function collectOption(option: string, previous: readonly string[] = []): readonly string[] {
  if (option.startsWith('-')) return [...previous, option];
  throw new InvalidArgumentError('Give an option of sbatch, such as --sbatch-arg=--account=nlp.');
}

const submitHelp = `
Examples:
  toedit plan corpus/ --output edited/
  toedit submit slurm edited/ --array 64 --concurrency 16 --time 4:00:00 --partition gpu --sbatch-arg=--gres=gpu:1
  toedit submit slurm edited/ --array 64 --dry-run
  toedit status edited/

Exits with 0 when submitted, 2 on a wrong request and where Slurm refuses.`;
