import type { ErrorCode } from '../errors.ts';

/**
 * True where a file's failure may be gone by itself at the next run: the machine was at fault. A bad file, such as a
 * damaged one, stays bad until `toedit retry`.
 */
export function isRetryable(code: string): boolean {
  return !badFileCodes.has(code);
}

const badFileCodes: ReadonlySet<string> = new Set([
  'BAD_OPTION',
  'BAD_ROW',
  'COLUMN_MISSING',
  'COLUMN_TYPE',
  'COLUMN_EXISTS',
  'COLUMN_MISMATCH',
  'TYPE_LOST',
  'FILE_CORRUPT',
  'FORMAT_UNKNOWN',
] satisfies ErrorCode[]);
