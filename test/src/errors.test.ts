import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
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
import { root } from '../sandbox.ts';
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

/** Stated once more, so that no class changes unnoticed. */
const stated: Readonly<Record<ErrorClass, readonly ErrorCode[]>> = {
  usage: [
    ...(['INPUT_NOT_FOUND', 'MANIFEST_MISSING', 'MANIFEST_INVALID', 'MANIFEST_CONFLICT'] as const),
    ...(['MODEL_INVALID', 'TOKENIZER_INVALID', 'DEVICE_UNAVAILABLE'] as const),
    ...(['SCHEDULER_REFUSED', 'BATCH_INVALID', 'HUB_NOT_FOUND', 'HUB_DENIED'] as const),
    ...(['STORE_CLIENT_MISSING', 'STORE_DENIED'] as const),
  ],
  'usage or bad input': [
    ...(['BAD_OPTION', 'COLUMN_MISSING', 'COLUMN_TYPE', 'COLUMN_EXISTS'] as const),
    ...(['COLUMN_MISMATCH', 'OUTPUT_EXISTS'] as const),
  ],
  'bad input': [
    ...(['TYPE_LOST', 'ACCESS_DENIED', 'UNSUPPORTED', 'FILE_CORRUPT', 'FORMAT_UNKNOWN'] as const),
    'BAD_ROW',
  ],
  retryable: [
    ...(['INPUT_CHANGED', 'FILE_UNREADABLE', 'WRITE_FAILED', 'ROWS_LOST'] as const),
    ...(['INFERENCE_FAILED', 'HUB_UNREACHABLE', 'DOWNLOAD_CORRUPT'] as const),
    'STORE_UNREACHABLE',
  ],
  fatal: ['ENGINE_DIED'],
};

const codes = Object.entries(stated).flatMap(([errorClass, list]) =>
  list.map((code) => [code, errorClass as ErrorClass] as const),
);

test('every code has the class that is stated here', () => {
  expect(Object.fromEntries(codes)).toEqual(errorClasses);
});

test.each(codes)('%s is %s: exit codes of the command, and of a run', (code, errorClass) => {
  expect({
    command: exitCodeOfError(code),
    all: exitCodeOfRun([code, code]),
    one: exitCodeOfRun([null, code]),
  }).toEqual(consequences[errorClass]);
  expect(isUsageError(new ToeditError(code, 'it failed'))).toBe(isUsageCode(code));
});

test('every code is thrown somewhere', () => {
  const folders = ['src', 'operators', 'pipelines'].map((folder) => join(root, folder));
  const files = folders.flatMap((folder) => ts.sys.readDirectory(folder, ['.ts']));
  expect(new Set(files.flatMap(thrownCodes))).toEqual(new Set(Object.keys(errorClasses)));
});

/** The codes that a file makes errors of: the strings in the first argument of `new ToeditError`. */
function thrownCodes(file: string): string[] {
  const found: string[] = [];
  const strings = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) found.push(node.text);
    ts.forEachChild(node, strings);
  };
  const visit = (node: ts.Node): void => {
    const isError = ts.isNewExpression(node) && node.expression.getText(source) === 'ToeditError';
    const code = isError ? node.arguments?.[0] : undefined;
    if (code !== undefined) strings(code);
    ts.forEachChild(node, visit);
  };
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  visit(source);
  return found;
}

test('docs/runs.md lists every code with its exit codes', () => {
  const page = readFileSync(join(root, 'docs/runs.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([A-Z_]+)` \| [^|]+ \| (\d)(; 3 [^|]+)? \|$/gmu)];
  expect(listed.map(([, code, exit, other]) => [code, Number(exit), other !== undefined])).toEqual(
    (Object.keys(errorClasses) as ErrorCode[]).map((code) => {
      const { command } = consequences[errorClasses[code]];
      return [code, command, errorClasses[code] === 'usage or bad input'];
    }),
  );
});

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
