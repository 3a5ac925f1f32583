import { Command, CommanderError } from 'commander';
import { printable } from '../text/printable.ts';
import { version } from '../version.ts';
import { comparePriorsCommand } from './compare-priors-command.ts';
import {
  editCommand,
  planCommand,
  retryCommand,
  runShardCommand,
  scoreCommand,
} from './corpus-commands.ts';
import { doctorCommand } from './doctor-command.ts';
import { exitCodes, exitHelp } from './exit-codes.ts';
import { quantiseCommand } from './quantise-command.ts';
import { type ProcessContext, type RunCommand, runCommand } from './run-command.ts';
import { statusCommand, verifyCommand } from './run-state-commands.ts';
import { submitCommand } from './submit-command.ts';

/** In the order of the help. */
const commands: readonly ((run: RunCommand) => Command)[] = [
  editCommand,
  scoreCommand,
  planCommand,
  runShardCommand,
  retryCommand,
  doctorCommand,
  quantiseCommand,
  comparePriorsCommand,
  statusCommand,
  verifyCommand,
  submitCommand,
];

/** Runs the command line on the arguments after the program's name and resolves with the exit code. Never rejects. */
export async function runCommandLine(
  args: readonly string[],
  context: ProcessContext,
): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = programOf(async (command, display) => {
    exitCode = await runCommand(command, display, context);
  }, context);
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}

function programOf(run: RunCommand, { stdout, stderr }: ProcessContext): Command {
  const program = new Command('toedit')
    .description('Edit text corpora at the token level with a frozen language model.')
    .version(version)
    .addHelpText('after', programHelp);
  for (const declare of commands) program.addCommand(declare(run));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(`${printable(describeParseError(text, command))}\n`),
    });
  }
  return program;
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
