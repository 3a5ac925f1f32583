import { Command, CommanderError } from 'commander';
import { ToeditError } from '../errors.ts';
import { hubOptionsOf } from '../hub/hub-environment.ts';
import type { Progress } from '../metrics/progress.ts';
import { isAddress, uploadRemedy } from '../stores/address.ts';
import { printable, printableReport } from '../text/printable.ts';
import { version } from '../version.ts';
import { analyseCommand, selectCommand } from './analyse-commands.ts';
import type { ParsedCommand, ProcessContext, Resumable, RunCommand } from './command.ts';
import { comparePriorsCommand } from './compare-priors-command.ts';
import {
  editCommand,
  planCommand,
  retryCommand,
  runShardCommand,
  scoreCommand,
} from './corpus-commands.ts';
import { type Display, type Streams, shownPath, showProgress } from './display.ts';
import { doctorCommand } from './doctor-command.ts';
import { exitCodes, exitHelp } from './exit-codes.ts';
import { parseAgain } from './flags.ts';
import { listenForInterruption } from './interruption.ts';
import { diffCommand, ledgerCommand, revertCommand } from './ledger-commands.ts';
import { printError, printErrorJson } from './print-error.ts';
import { quantiseCommand } from './quantise-command.ts';
import { reportCommand } from './report-command.ts';
import { statusCommand, verifyCommand } from './run-state-commands.ts';
import { resampleCommand, sweepCommand } from './scores-commands.ts';
import { submitCommand } from './submit-command.ts';
import { workerCommand } from './worker/worker-command.ts';

/** In the order of the help. */
const commands: readonly ((run: RunCommand) => Command)[] = [
  editCommand,
  scoreCommand,
  resampleCommand,
  sweepCommand,
  analyseCommand,
  selectCommand,
  reportCommand,
  diffCommand,
  ledgerCommand,
  revertCommand,
  planCommand,
  runShardCommand,
  retryCommand,
  doctorCommand,
  quantiseCommand,
  comparePriorsCommand,
  statusCommand,
  verifyCommand,
  submitCommand,
  workerCommand,
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
    .description(
      'Edit text corpora at the token level: redraw the tokens that a language model, the prior, finds nearly certain, and keep every other byte.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', programHelp);
  for (const declare of commands) program.addCommand(refuseAddress(refuseRepeats(declare(run))));
  for (const command of [program, ...program.commands]) {
    command
      .helpOption('-h, --help', 'print this help')
      .exitOverride()
      .configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(text),
        outputError: (text, write) => write(`${printable(describeParseError(text, command))}\n`),
      });
  }
  return program;
}

/** Of a value that is given twice commander takes the last: the other would count for nothing. */
function refuseRepeats(command: Command): Command {
  for (const option of command.options) {
    if (!option.required || option.parseArg === parseAgain) continue;
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) command.error(`error: option '${option.flags}' was given twice: give it once`);
      isGiven = true;
    });
  }
  return command;
}

/** Outputs are files here, whatever the command. */
function refuseAddress(command: Command): Command {
  return command.on('option:output', (value: string) => {
    if (isAddress(value)) command.error(`error: output is ${value}: ${uploadRemedy}.`);
  });
}

/** Commander's `error: ...`, with a suggestion or a hint on a second line, as one line with a remedy. */
function describeParseError(text: string, command: Command): string {
  const line = text
    .trim()
    .replace(/^error: /, 'toedit: ')
    .replace(/\n\(Did/, ' (did')
    .replace(/\s*\n\s*/g, ' ');
  if (/^toedit: unknown option '--(?:resume|continue)'/.test(line))
    return `${line}: none is needed, since the same command continues a run`;
  // Suggestions and hints end a sentence; bare complaints do not.
  return /[.)]$/.test(line) ? line : `${line}: see ${helpCall(command)}`;
}

function helpCall(command: Command): string {
  return command.parent === null ? 'toedit --help' : `toedit ${command.name()} --help`;
}

/**
 * Does the work of a command and prints what came of it: the report, an error or an interruption; with `--json` as one object on
 * stdout. Resolves with the exit code. Never rejects.
 */
export async function runCommand<Report>(
  command: ParsedCommand<Report>,
  display: Display,
  context: ProcessContext,
): Promise<number> {
  const { resumable } = command;
  const { stdout, stderr, env } = context;
  using interruption = listenForInterruption((resumable?.graceSeconds ?? 0) * 1000);
  const { stop } = interruption;
  const signal = resumable === undefined ? stop : interruption.signal;
  const ending = { display, stdout, stderr, stop, resumable };
  const progress = display.quiet ? undefined : showProgress(stderr, () => performance.now());
  const show = (at: Progress): void =>
    progress?.show({ ...at, file: printable(shownPath(at.file)) });
  const onProgress = display.quiet ? undefined : show;
  const notice = (text: string): void => progress?.print(`toedit: ${printable(text)}`);
  stop.addEventListener('abort', () => {
    if (resumable !== undefined) notice(waiting(stop, resumable));
  });
  try {
    const onDownload = progress && { onProgress: progress.download };
    const hub = { ...hubOptionsOf(env), ...onDownload, signal: stop, onNotice: notice };
    const streams = { stdout, stderr, env };
    const report = await command.work({ ...streams, signal, stop, notice, hub, onProgress });
    progress?.end();
    return printReport(report, command, ending);
  } catch (error) {
    progress?.end();
    if (signal.aborted) return printInterruption(ending);
    return printFailure(error, ending);
  }
}

/** What the last lines of a command depend on. */
interface Ending extends Streams {
  readonly display: Display;
  readonly stop: AbortSignal;
  readonly resumable: Resumable | undefined;
}

function printReport<Report>(
  report: Report,
  command: ParsedCommand<Report>,
  ending: Ending,
): number {
  const { render, toJson = JSON.stringify, problemsOf, exitCodeOf, verbatim } = command;
  const { stdout, stderr, display } = ending;
  const colour = stdout.isTTY === true && stdout.hasColors?.() === true;
  const text = display.json
    ? toJson(report)
    : render(printableReport(report, verbatim), { colour });
  if (text !== null) stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  for (const problem of problemsOf?.(report) ?? []) stderr.write(`${problem}\n`);
  return printHint(exitCodeOf?.(report) ?? exitCodes.done, ending);
}

function printFailure(error: unknown, ending: Ending): number {
  const exitCode = printError(error, ending.display, ending);
  // Before its prior is there, nothing has been committed.
  const isBegun = !(error instanceof ToeditError && error.code === 'HUB_UNREACHABLE');
  return isBegun ? printHint(exitCode, ending) : exitCode;
}

/** What may be done next where the command did not come to its end. Returns the exit code. */
function printHint(exitCode: number, { stderr, stop, resumable }: Ending): number {
  if (resumable === undefined) return exitCode;
  const { hint } = resumable;
  if (exitCode === exitCodes.interrupted) stderr.write(`toedit: ${reasonOf(stop)}: ${hint}\n`);
  if (exitCode === exitCodes.failed) stderr.write(`toedit: ${hint}\n`);
  return exitCode;
}

/** Of work that did not come to its report. */
function printInterruption({ stop, resumable, display, ...streams }: Ending): number {
  const message = `${reasonOf(stop)}: ${resumable?.hint ?? 'run the same command again'}`;
  printErrorJson({ code: 'INTERRUPTED', message }, display, streams);
  streams.stderr.write(`toedit: ${message}\n`);
  return exitCodes.interrupted;
}

/** What happens now, and how to end at once. */
function waiting(stop: AbortSignal, { graceSeconds }: Resumable): string {
  const reason = reasonOf(stop);
  const how = reason.endsWith('SIGINT')
    ? 'press Ctrl-C again to end at once, without it'
    : `${String(graceSeconds)} s at most`;
  return `${reason}: committing what is in flight (${how})`;
}

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : 'interrupted';
}

const programHelp = `
Examples:
  toedit edit corpus/ --output edited/
  toedit score "corpus/**/*.parquet" --output scored/ --model models/smollm2-135m
  toedit plan corpus/ --output edited/ && toedit run edited/ --shard 0/4
  toedit report edited/ --output report.html
  toedit status edited/
  toedit doctor --model models/smollm2-135m
  toedit quantise models/smollm2-135m --calibrate corpus/ --output models/smollm2-135m-int8
  toedit compare-priors models/smollm2-135m models/smollm2-135m-int8 --input corpus/
  toedit analyse --as human=corpus/ --as edited=edited/
  toedit help edit
${exitHelp}`;
