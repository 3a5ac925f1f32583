import { type Command, CommanderError } from 'commander';
import type { CorpusOptions, EditCorpusOptions } from '../../pipelines/corpus-options.ts';
import type { RunSummary } from '../report/run-summary.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { runJob, type Streams } from './run-job.ts';

/** The work behind the commands. */
export interface Jobs {
  readonly editCorpus: (options: EditCorpusOptions) => Promise<RunSummary>;
  readonly scoreCorpus: (options: CorpusOptions) => Promise<RunSummary>;
}

/** Runs the command line on the arguments after the program's name and resolves with the exit code. Never rejects. */
export async function runCli(
  args: readonly string[],
  jobs: Jobs,
  streams: Streams,
): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = createProgram({
    edit: async (options, display) => {
      exitCode = await runJob(jobs.editCorpus, options, { display, streams });
    },
    score: async (options, display) => {
      exitCode = await runJob(jobs.scoreCorpus, options, { display, streams });
    },
  });
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
