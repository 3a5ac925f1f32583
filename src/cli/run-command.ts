import type { Progress } from '../metrics/progress.ts';
import { printable, printableReport } from '../text/printable.ts';
import { type Display, type Streams, shownPath, showProgress } from './display.ts';
import { exitCodes } from './exit-codes.ts';
import { listenForInterruption } from './interruption.ts';
import { printError, printErrorJson } from './print-error.ts';

/** The process that a command runs in: its standard streams and its environment variables. */
export interface ProcessContext extends Streams {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the work of a command is called with. */
export interface WorkContext extends ProcessContext {
  /** Aborted where the work is to end at once: by the first signal, or where it is resumable by the end of its time of grace. */
  readonly signal: AbortSignal;
  /** Aborted by the first SIGINT, SIGTERM or SIGUSR1: resumable work then commits what is in flight. */
  readonly stop: AbortSignal;
  /** Prints a line on stderr, unless `--quiet` was given. */
  readonly notice: (text: string) => void;
  /** Undefined where `--quiet` was given. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** A command whose arguments are parsed: its work, and how the report of it is shown. */
export interface ParsedCommand<Report> {
  readonly work: (context: WorkContext) => Promise<Report>;
  /**
   * The report for people; null where nothing is to be printed. Called with the report's texts as they may be shown in a
   * terminal, see `printable`. Not called with `--json`.
   */
  readonly render: (report: Report, style: { readonly colour: boolean }) => string | null;
  /** Fields of the report that `render` is called with as they are, since it knows how to show them. @defaultValue none */
  readonly verbatim?: readonly string[];
  /** The report as one line. @defaultValue JSON.stringify */
  readonly toJson?: (report: Report) => string;
  /** Lines for stderr: what of the work failed. @defaultValue none */
  readonly problemsOf?: (report: Report) => readonly string[];
  /** @defaultValue 0 */
  readonly exitCodeOf?: (report: Report) => number;
  /** Of work that commits as it goes. @defaultValue the work is lost when it is interrupted */
  readonly resumable?: Resumable | undefined;
}

/** Work that goes on where it was when the same command is run again. */
export interface Resumable {
  /** How long a SIGTERM waits for what is in flight, in seconds. */
  readonly graceSeconds: number;
  /** What the user may do next, after a failure or an interruption. */
  readonly hint: string;
}

/** How the commands are run, once their arguments are parsed: {@link runCommand}, in the context of the process. */
export type RunCommand = <Report>(
  command: ParsedCommand<Report>,
  display: Display,
) => Promise<void>;

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
  const progress = showProgress(stderr, () => performance.now());
  const show = (at: Progress): void =>
    progress.show({ ...at, file: printable(shownPath(at.file)) });
  const onProgress = display.quiet ? undefined : show;
  const notice = (text: string): void => {
    if (!display.quiet) stderr.write(`toedit: ${printable(text)}\n`);
  };
  stop.addEventListener('abort', () => {
    progress.end();
    if (resumable !== undefined) notice(`${reasonOf(stop)}: committing what is in flight`);
  });
  try {
    const report = await command.work({ stdout, stderr, env, signal, stop, notice, onProgress });
    progress.end();
    return printReport(report, command, ending);
  } catch (error) {
    progress.end();
    if (signal.aborted) return printInterruption(ending);
    return printHint(printError(error, display, context), ending);
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

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : 'interrupted';
}
