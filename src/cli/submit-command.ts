import { fileURLToPath } from 'node:url';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { SlurmOptions } from '../slurm/slurm-job.ts';
import { previewSlurm, type Submission, submitSlurm } from '../slurm/submit-slurm.ts';
import { printable } from '../text/printable.ts';
import type { ParsedCommand, RunCommand } from './command.ts';
import {
  addFlags,
  countFlag,
  type DisplayFlags,
  devicesFlag,
  displayFlags,
  splitDisplay,
} from './flags.ts';

type SubmitFlags = Omit<SlurmOptions, 'command' | 'run' | 'sbatchArgs'> &
  DisplayFlags & {
    readonly dryRun?: boolean | undefined;
    readonly sbatchArg?: readonly string[] | undefined;
  };

/** How a scheduler calls this very program. */
const ownCommand = [process.execPath, fileURLToPath(new URL('./main.js', import.meta.url))];

/** `toedit submit slurm DIR`. */
export function submitCommand(run: RunCommand): Command {
  const command = new Command('submit')
    .description('Submit a planned run to a cluster as a job array, and verify it at the end.')
    .addArgument(new Argument('<scheduler>', 'the scheduler of the cluster').choices(['slurm']))
    .argument('<dir>', 'the output directory of the run, planned with toedit plan')
    .addHelpText('after', submitHelp)
    .action((_scheduler: string, directory: string, flags: SubmitFlags) => {
      const { options, display } = splitDisplay(flags);
      const { dryRun = false, sbatchArg: sbatchArgs, ...job } = options;
      const request = { ...job, run: directory, sbatchArgs, command: ownCommand };
      return run(dryRun ? preview(request) : submission(request, display.quiet), display);
    });
  addFlags(command, arrayFlags(), 'Array:');
  const dryRun = new Option('--dry-run', 'print the scripts, write and submit nothing');
  return addFlags(command, [dryRun, ...displayFlags('print errors only')], 'Display:');
}

function arrayFlags(): readonly Option[] {
  return [
    countFlag('--array <n>', 'number of shards').makeOptionMandatory(),
    countFlag('--concurrency <n>', 'array tasks to run at a time (default: as many as fit)'),
    new Option(
      '--time <limit>',
      'time limit of a task, such as 4:00:00; an unfinished task is requeued',
    ),
    countFlag('--stop-early <seconds>', 'stop this long before the time limit (default: 120)'),
    countFlag('--max-requeues <n>', 'how often the time limit may requeue a task (default: 100)'),
    devicesFlag('devices of each task, such as cuda:0,cuda:1 (default: one)'),
    new Option('--partition <name>', "Slurm partition (default: the cluster's)"),
    countFlag(
      '--threads <n>',
      'CPUs and inference threads of each task (default: what Slurm gives)',
    ),
    new Option('--sbatch-arg <option>', 'one more option for sbatch; may be repeated').argParser(
      collectOption,
    ),
  ];
}

function collectOption(option: string, previous: readonly string[] = []): readonly string[] {
  if (option.startsWith('-')) return [...previous, option];
  throw new InvalidArgumentError('Give an option of sbatch, such as --sbatch-arg=--account=nlp.');
}

function preview(options: SlurmOptions): ParsedCommand<Submission> {
  return {
    work: () => previewSlurm(options),
    render: renderScripts,
    verbatim: ['arrayScript', 'verifyScript'],
  };
}

/** What has been handed to Slurm is handed over whole: an interruption does not part the array from its verification. */
function submission(options: SlurmOptions, quiet: boolean): ParsedCommand<Submission> {
  return {
    work: () => submitSlurm(options),
    render: (submitted) => (quiet ? null : renderSubmission(submitted, options.run)),
  };
}

function renderScripts(submission: Submission): string {
  const { arrayScriptPath, verifyScriptPath } = submission;
  return `==> ${arrayScriptPath} <==
${submission.arrayScript}
==> ${verifyScriptPath}, submitted with --dependency=afterany:<array job> <==
${submission.verifyScript}`;
}

function renderSubmission(submission: Submission, run: string): string {
  const { shards, tasks, arrayJobId, verifyJobId, logs } = submission;
  const folded = tasks < shards ? ` in ${String(tasks)} array tasks, the most allowed here` : '';
  return `submitted job array ${String(arrayJobId)}: ${String(shards)} shards${folded}
then job ${String(verifyJobId)}: toedit verify
logs: ${logs}
watch: squeue --job ${String(arrayJobId)} and toedit status ${printable(run)}
`;
}

const submitHelp = `
Examples:
  toedit plan corpus/ --output edited/
  toedit submit slurm edited/ --array 64 --concurrency 16 --time 4:00:00 --partition gpu --sbatch-arg=--gres=gpu:1
  toedit submit slurm edited/ --array 64 --dry-run
  toedit status edited/

Exit codes: 0 submitted; 2 wrong request, or Slurm refuses.`;
