import type { Stats } from 'node:fs';
import { lstat, mkdtemp, readdir, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import {
  corruptFile,
  isErrno,
  isFatal,
  isNameRefused,
  isPathRefused,
  ToeditError,
} from '../../src/errors.ts';
import { writeFailed } from '../../src/files/write-bytes.ts';
import type { Task } from '../../src/run/manifest/manifest.ts';
import {
  findInputChange,
  fingerprintFile,
  type InputChange,
} from '../../src/run/manifest/plan-tasks.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { isAddress } from '../../src/stores/address.ts';

/**
 * Makes sure that a task's input is the one that was planned.
 *
 * @throws ToeditError `INPUT_CHANGED`.
 */
export async function requireUnchanged(task: Task): Promise<void> {
  const change = await findInputChange(task);
  if (change !== null) throw change.cause ?? inputChanged(task, change);
}

/**
 * Makes sure that the input is the one that was planned. What it gives differs once the file was written again, were it
 * with the same bytes: the change time cannot be set back.
 *
 * @throws ToeditError `INPUT_CHANGED`.
 */
export async function inputStateOf(task: Task): Promise<string> {
  await requireUnchanged(task);
  if (isAddress(task.path)) return `${task.fingerprint ?? ''} ${String(task.bytes)}`;
  const { size, mtimeNs, ctimeNs, ino } = await stat(task.path, { bigint: true });
  return [size, mtimeNs, ctimeNs, ino].join(' ');
}

/**
 * Makes sure that an input has not changed since its state was taken; a file that was only touched has not.
 *
 * @throws ToeditError `INPUT_CHANGED`; `FILE_UNREADABLE`.
 */
export async function requireState(task: Task, state: string): Promise<void> {
  if ((await inputStateOf(task)) === state) return;
  if ((await fingerprintFile(task.path)) === task.fingerprint) return;
  throw new ToeditError(
    'INPUT_CHANGED',
    `${task.path} was written to while it was worked on; run again once nobody writes to it`,
    { place: { file: task.path } },
  );
}

/**
 * True of errors that end the run, since every further file would meet them, too. A path that is refused is a fault of its
 * own where another one can be written.
 */
export async function endsRun(error: unknown, { output, own }: RunPaths): Promise<boolean> {
  if (isFatal(error)) return true;
  return isPathRefused(error) && !((await canWrite(output)) && (await canWrite(own)));
}

async function canWrite(directory: string): Promise<boolean> {
  try {
    await rmdir(await mkdtemp(join(directory, '.toedit-')));
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes sure, before work, that a file can have that path.
 *
 * @throws ToeditError `WRITE_FAILED` where its name is too long, a directory stands there, a file where a directory is to
 * be, or another name that the file system takes for the same one, such as `A` for `a`.
 */
export async function requirePlace(path: string): Promise<void> {
  try {
    const found = await lstat(path);
    if (found.isDirectory()) throw errnoOf('EISDIR', 'a directory stands there');
    // Listing a directory for each of its files would take time that grows with their square.
    if (!(await isFolded(path, found)) || (await readdir(dirname(path))).includes(basename(path)))
      return;
    throw errnoOf('EEXIST', 'the file system takes the name of another file there for the same');
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw writeFailed(path, error);
  }
}

/** True where the file is also found by a name of another case. */
async function isFolded(path: string, { ino }: Stats): Promise<boolean> {
  const name = basename(path);
  const folded = name.toLowerCase() === name ? name.toUpperCase() : name.toLowerCase();
  const found = await lstat(join(dirname(path), folded)).catch(() => null);
  return folded !== name && found?.ino === ino;
}

function errnoOf(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

/**
 * The error of an output file: where its input has changed meanwhile, or its name is why it cannot be written, that is what
 * went wrong.
 *
 * @param input - what messages call the file or member that it is made of.
 */
export async function explainFailure(
  task: Task,
  error: unknown,
  { input, paths }: { readonly input: string; readonly paths: RunPaths },
): Promise<unknown> {
  const change = await findInputChange(task);
  if (change !== null && change.kind !== 'unreadable') return inputChanged(task, change, error);
  return error instanceof ToeditError && isNameRefused(error) && isOutput(error.place.file, paths)
    ? nameRefused(input, error)
    : error;
}

function isOutput(path = '', { output, state }: RunPaths): boolean {
  return path.startsWith(output + sep) && !path.startsWith(state + sep);
}

function nameRefused(file: string, cause: ToeditError): ToeditError {
  const what = `: its output cannot have its name: ${cause.message}`;
  const remedy = 'rename the input, or remove what is in the way of its output, then toedit retry';
  return corruptFile({ file }, `${what.replace(/; [^;]*$/, '')}; ${remedy}`, cause);
}

function inputChanged({ path }: Task, change: InputChange, cause?: unknown): ToeditError {
  const what =
    change.kind === 'gone' ? 'is gone' : `has changed: it was ${change.was}, and is ${change.is}`;
  return new ToeditError(
    'INPUT_CHANGED',
    `${path} ${what} since the run was planned; put it back and run again, or take it as it is now with toedit retry`,
    { place: { file: path }, cause },
  );
}
