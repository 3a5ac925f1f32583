import { createHash, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { isErrno, ToeditError } from '../../errors.ts';
import { linkFile, makeDirectory, syncDirectory, syncFile } from '../../files/commit-file.ts';
import { writeBytes, writeFailed } from '../../files/write-bytes.ts';
import type { Manifest } from './manifest.ts';
import {
  type DatasetLine,
  type ManifestEnd,
  type ManifestHeader,
  manifestFormat,
  type SkippedLine,
} from './manifest.ts';

/** Options of {@link writeManifest}. */
export interface WriteManifestOptions {
  readonly signal?: AbortSignal | undefined;
}

/** How often a directory may be taken away between its making and its use. */
const attempts = 5;

/**
 * Writes a manifest, whole or not at all, and never in the place of another: JSON Lines, first a header, then one of the
 * data set, if the inputs are one, a line a task and a line an input left out, last the counts with a checksum.
 *
 * @returns false where a manifest stands there: of any number of processes one succeeds.
 * @throws ToeditError `WRITE_FAILED`; the signal's reason.
 */
export async function writeManifest(
  path: string,
  manifest: Manifest,
  { signal }: WriteManifestOptions = {},
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await linkManifest(path, manifest, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isGone(error) || attempt === attempts) throw writeFailed(path, error);
    }
  }
}

/** Another process retires the run that was here, and the directory with it: also between two steps of making it. */
function isGone(error: unknown): boolean {
  const cause = error instanceof ToeditError ? error.cause : error;
  return isErrno(cause, 'ENOENT') || (isErrno(cause, 'EEXIST') && isOfMkdir(cause));
}

function isOfMkdir(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'mkdir';
}

async function linkManifest(
  path: string,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const directory = dirname(path);
  const name = `.${basename(path)}.${randomBytes(6).toString('hex')}.part`;
  const temporary = join(directory, name);
  try {
    await makeDirectory(directory);
    const bytes = Readable.from(manifestBytes(manifest));
    await writeBytes(temporary, bytes, { compression: 'none', path, signal });
    await syncFile(temporary);
    signal?.throwIfAborted();
    if (!(await linkFile(temporary, path))) return false;
    await syncDirectory(directory);
    return true;
  } finally {
    await rm(temporary, { force: true }).catch(() => null);
  }
}

function* manifestBytes(manifest: Manifest): Generator<Uint8Array> {
  const { tasks, skipped } = manifest;
  const hash = createHash('sha256');
  for (const text of inPieces(linesOf(manifest))) {
    const bytes = Buffer.from(text);
    hash.update(bytes);
    yield bytes;
  }
  const counts = { tasks: tasks.length, skipped: skipped.length };
  const end: ManifestEnd = { end: { ...counts, sha256: hash.digest('hex') } };
  yield Buffer.from(line(end));
}

function* linesOf({ dataset, tasks, skipped, ...run }: Manifest): Generator<string> {
  const header: ManifestHeader = { ...manifestFormat, run };
  yield line(header);
  if (dataset !== undefined) yield line({ dataset } satisfies DatasetLine);
  for (const task of tasks) yield line(task);
  for (const input of skipped) yield line({ skipped: input } satisfies SkippedLine);
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

const pieceLength = 2 ** 16;

function* inPieces(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const text of lines) {
    piece += text;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
