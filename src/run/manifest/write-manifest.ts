import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { commitFile } from '../../files/commit-file.ts';
import { writeBytes } from '../../files/write-bytes.ts';
import type { Manifest } from './manifest.ts';
import {
  type ManifestEnd,
  type ManifestHeader,
  manifestFormat,
  type SkippedLine,
} from './manifest-lines.ts';

/** Options of {@link writeManifest}. */
export interface WriteManifestOptions {
  /** Replaces a manifest that stands there. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a manifest, whole or not at all: JSON lines, first a header, then a line a task and a line an input left out,
 * last the counts with a checksum.
 *
 * @throws ToeditError `OUTPUT_EXISTS`, `WRITE_FAILED`.
 */
export async function writeManifest(
  path: string,
  manifest: Manifest,
  options: WriteManifestOptions = {},
): Promise<void> {
  const { signal } = options;
  await commitFile(path, options, (temporaryPath) => {
    const bytes = Readable.from(manifestBytes(manifest));
    return writeBytes(temporaryPath, bytes, { compression: 'none', path, signal });
  });
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

function* linesOf({ tasks, skipped, ...run }: Manifest): Generator<string> {
  const header: ManifestHeader = { ...manifestFormat, run };
  yield line(header);
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
