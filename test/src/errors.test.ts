import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exitCodeOf, exitCodeOfError } from '#toedit/src/cli/exit-codes';
import {
  type ErrorClass,
  type ErrorCode,
  errorClasses,
  isFatal,
  isNameRefused,
  isPathRefused,
  isRetryable,
  isUsageCode,
  isUsageError,
  ToeditError,
} from '#toedit/src/errors';
import { sampleFailure, sampleSuccess, sampleSummary } from './report/sample-summary.ts';

interface Consequence {
  /** What a command exits with that ends with such an error. */
  readonly command: number;
  /** What a run exits with all of whose files end with one, and one of whose files does. */
  readonly all: number;
  readonly one: number;
}

const consequences: Readonly<Record<ErrorClass, Consequence>> = {
  usage: { command: 2, all: 2, one: 1 },
  'usage or bad input': { command: 2, all: 2, one: 3 },
  'bad input': { command: 3, all: 3, one: 3 },
  retryable: { command: 1, all: 1, one: 1 },
  fatal: { command: 1, all: 1, one: 1 },
};

/** The exit code of a run whose files ended so; null stands for success. */
function exitCodeOfRun(codes: readonly (ErrorCode | null)[]): number {
  const files = codes.map((code) =>
    code === null ? sampleSuccess : { ...sampleFailure, error: { code, message: 'it failed' } },
  );
  const failures = codes.filter((code) => code !== null);
  const failed = failures.filter(isRetryable).length;
  const tasks = { ...sampleSummary.tasks, failed, bad: failures.length - failed };
  return exitCodeOf({ ...sampleSummary, files, tasks, deadLetters: 0 }, 0);
}

test.each(Object.entries(errorClasses) as [ErrorCode, ErrorClass][])(
  '%s is %s: exit codes of the command, and of a run',
  (code, errorClass) => {
    expect({
      command: exitCodeOfError(code),
      all: exitCodeOfRun([code, code]),
      one: exitCodeOfRun([null, code]),
    }).toEqual(consequences[errorClass]);
    expect(isUsageError(new ToeditError(code, 'it failed'))).toBe(isUsageCode(code));
  },
);

test('a code of nobody is no usage, and may be gone the next time', () => {
  fc.assert(
    fc.property(fc.string(), (code) => {
      fc.pre(!Object.hasOwn(errorClasses, code));
      expect([isUsageCode(code), isRetryable(code)]).toEqual([false, true]);
    }),
    { examples: [['constructor'], ['UNEXPECTED'], ['']] },
  );
});

test('a dead engine is fatal, and a failure of writing where the disk is at fault, however deep', () => {
  const errno = (code: string): Error => Object.assign(new Error(code), { code });
  const full = new Error('cannot write', { cause: errno('ENOSPC') });
  expect(isFatal(new ToeditError('ENGINE_DIED', 'x'))).toBe(true);
  expect(isFatal(new ToeditError('WRITE_FAILED', 'x', { cause: full }))).toBe(true);
  expect(isFatal(new ToeditError('WRITE_FAILED', 'x', { cause: errno('ENOENT') }))).toBe(false);
  expect(isFatal(new ToeditError('WRITE_FAILED', 'x'))).toBe(false);
  expect(isFatal(new ToeditError('FILE_UNREADABLE', 'x', { cause: errno('EIO') }))).toBe(false);
  expect(isFatal(full)).toBe(false);
});

test('a path may be refused for its name, or for who may write there: neither says that the disk is at fault', () => {
  const refused = (code: string): ToeditError =>
    new ToeditError('WRITE_FAILED', 'x', { cause: Object.assign(new Error(code), { code }) });
  for (const code of ['ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EILSEQ']) {
    expect([isFatal, isPathRefused, isNameRefused].map((is) => is(refused(code)))).toEqual([
      false,
      true,
      true,
    ]);
  }
  for (const code of ['EACCES', 'EPERM']) {
    expect([isFatal, isPathRefused, isNameRefused].map((is) => is(refused(code)))).toEqual([
      false,
      true,
      false,
    ]);
  }
  expect(isPathRefused(refused('ENOSPC'))).toBe(false);
});
