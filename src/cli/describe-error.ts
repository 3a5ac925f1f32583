import { inspect } from 'node:util';
import { type Place, ToeditError } from '../errors.ts';

/** An error as the one line that users read, with the stack of it and of its causes where `verbose`. */
export function describeError(error: unknown, verbose: boolean): string {
  const line = `toedit: ${oneLine(messageOf(error))}`;
  return verbose ? `${line}\n${inspect(error)}` : line;
}

/** A message about a file as one line that names the file once. */
export function describeFileError(file: string, message: string): string {
  return `toedit: ${oneLine(message.includes(file) ? message : `${file}: ${message}`)}`;
}

function messageOf(error: unknown): string {
  if (error instanceof ToeditError) return withPlace(error.place, error.message);
  const text = error instanceof Error ? error.message : String(error);
  return `unexpected error: ${text} (please report it, with the output of --verbose)`;
}

function withPlace({ file, row, rowGroup, recordBatch, line }: Place, message: string): string {
  const parts = [
    file !== undefined && !message.includes(file) ? file : '',
    rowGroup === undefined ? '' : `row group ${rowGroup}`,
    recordBatch === undefined ? '' : `record batch ${recordBatch}`,
    row === undefined ? '' : `row ${row}`,
    line === undefined ? '' : `line ${line}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? message : `${parts.join(', ')}: ${message}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
