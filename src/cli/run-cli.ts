import { fileURLToPath } from 'node:url';
import { type Command, CommanderError } from 'commander';
import type { CorpusOptions, EditCorpusOptions } from '../../pipelines/corpus-options.ts';
import type { RunTasksOptions } from '../../pipelines/executor/run-tasks.ts';
import type { PlanCorpusOptions } from '../../pipelines/plan-corpus.ts';
import type { RunSummary } from '../metrics/summary.ts';
import type { Manifest } from '../run/manifest/manifest.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { runJob, type Streams } from './run-job.ts';
import { runPlan } from './run-plan.ts';
import { runShardJob } from './run-shard-job.ts';
import { runSubmit } from './run-submit.ts';

/** The work behind the commands. */
export interface Jobs {
  readonly editCorpus: (options: EditCorpusOptions) => Promise<RunSummary>;
  readonly scoreCorpus: (options: CorpusOptions) => Promise<RunSummary>;
  readonly planCorpus: (options: PlanCorpusOptions) => Promise<Manifest>;
  readonly runShard: (options: RunTasksOptions) => Promise<RunSummary>;
  readonly retryShard: (options: RunTasksOptions) => Promise<RunSummary>;
}

/** The process that the command line runs in. */
export interface Surroundings extends Streams {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a scheduler calls this very program. */
const ownCommand = [process.execPath, fileURLToPath(new URL('./main.js', import.meta.url))];

/** Runs the command line on the arguments after the program's name and resolves with the exit code. Never rejects. */
export async function runCli(
  args: readonly string[],
  jobs: Jobs,
  streams: Surroundings,
): Promise<number> {
  let exitCode: number = exitCodes.done;
  const setExitCode = (code: number): void => {
    exitCode = code;
  };
  const program = createProgram(
    {
      edit: async (options, manners) =>
        setExitCode(await runJob(jobs.editCorpus, options, { manners, streams })),
      score: async (options, manners) =>
        setExitCode(await runJob(jobs.scoreCorpus, options, { manners, streams })),
      plan: async (options, display) =>
        setExitCode(await runPlan(jobs.planCorpus, options, { display, streams })),
      run: async (request, manners) =>
        setExitCode(await runShardJob(jobs.runShard, request, { manners, streams })),
      retry: async (request, manners) =>
        setExitCode(await runShardJob(jobs.retryShard, request, { manners, streams })),
      submit: async (options, display) =>
        setExitCode(await runSubmit({ ...options, command: ownCommand }, { display, streams })),
    },
    { streams, setExitCode },
  );
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
      outputError: (text, write) => write(`${describeParseError(text, command)}\n`),
    });
  }
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    throw error;
  }
}

/** Commander's `error: ...`, with a suggestion or a hint on a second line, as one line with a remedy. */
function describeParseError(text: string, command: Command): string {
  const line = text
    .trim()
    .replace(/^error: /, 'toedit: ')
    .replace(/\n\(Did/, ' (did')
    .replace(/\s*\n\s*/g, ' ');
  // Suggestions and hints end a sentence; bare complaints do not.
  return /[.)]$/.test(line) ? line : `${line}: see ${helpCall(command)}`;
}

function helpCall(command: Command): string {
  return command.parent === null ? 'toedit --help' : `toedit ${command.name()} --help`;
}
