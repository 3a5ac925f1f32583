import type { HubOptions } from '../hub/hub-options.ts';
import type { Progress } from '../metrics/progress.ts';
import type { Display, Streams } from './display.ts';

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
  /** How models of the Hugging Face hub are found and kept, by the environment variables; downloads are shown. */
  readonly hub: HubOptions;
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

/** Work that the same command, run again, resumes where it was. */
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
