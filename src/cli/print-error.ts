import { inspect } from 'node:util';
import { type Place, ToeditError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import type { Display, Streams } from './display.ts';
import { exitCodeOfError } from './exit-codes.ts';

/** Prints what ended a command: a line on stderr, with `--json` an object on stdout, too. Returns the exit code. */
export function printError(error: unknown, display: Display, streams: Streams): number {
  const code = error instanceof ToeditError ? error.code : 'UNEXPECTED';
  const message = error instanceof Error ? error.message : String(error);
  printErrorJson({ code, message }, display, streams);
  streams.stderr.write(`${describeError(error, display.verbose)}\n`);
  return exitCodeOfError(code);
}

/** Prints `{"error":{"code":…,"message":…}}` on stdout where `--json` was given. */
export function printErrorJson(
  error: { readonly code: string; readonly message: string },
  { json }: Display,
  { stdout }: Streams,
): void {
  if (json) stdout.write(`${JSON.stringify({ error })}\n`);
}

/** The message of a missing column with the option that names it; another one as it is. */
export function withOption(
  { code, message }: { readonly code: string; readonly message: string },
  keyColumn?: unknown,
): string {
  if (code !== 'COLUMN_MISSING') return message;
  const isKey = typeof keyColumn === 'string' && message.includes(`no column "${keyColumn}"`);
  const isKeyField = typeof keyColumn === 'string' && message.includes(`no field "${keyColumn}"`);
  const option = isKey || isKeyField ? '--key-column' : '--text-column';
  return message.replace(/; name one of them$/, `; name one of them with ${option}`);
}

/** A message about a file as one line that names the file once. */
export function describeFileError(file: string, message: string): string {
  return `toedit: ${oneLine(message.includes(file) ? message : `${file}: ${message}`, file)}`;
}

function describeError(error: unknown, verbose: boolean): string {
  const file = error instanceof ToeditError ? error.place.file : undefined;
  const line = `toedit: ${oneLine(messageOf(error), file)}`;
  return verbose ? `${line}\n${printableStack(error)}` : line;
}

/** The lines of a stack are its own; those of the message are not. */
function printableStack(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const stack = inspect(error).replaceAll(message, () => printable(message));
  return stack.split('\n').map(printable).join('\n');
}

function messageOf(error: unknown): string {
  if (error instanceof ToeditError) return withPlace(error.place, withOption(error));
  const text = error instanceof Error ? error.message : String(error);
  return `unexpected error: ${text} (please report it, with the output of --verbose)`;
}

function withPlace({ file, row, rowGroup, recordBatch, line }: Place, message: string): string {
  const parts = [
    file,
    rowGroup === undefined ? undefined : `row group ${rowGroup}`,
    recordBatch === undefined ? undefined : `record batch ${recordBatch}`,
    row === undefined ? undefined : `row ${row}`,
    line === undefined ? undefined : `line ${line}`,
  ].filter((part) => part !== undefined && !isNamed(message, part));
  return parts.length === 0 ? message : `${parts.join(', ')}: ${message}`;
}

/** Whether a message has a part, and not as the beginning of another, as `line 30` is none of `line 3`. */
function isNamed(message: string, part: string): boolean {
  const at = message.indexOf(part);
  return at >= 0 && !/^\d/.test(message.slice(at + part.length));
}

/** A line break in a name is shown, others end no line. */
function oneLine(text: string, name = ''): string {
  const named = name === '' ? text : text.replaceAll(name, () => printable(name));
  return printable(named.trim().replace(/\s*[\n\r]\s*/g, ' '));
}
