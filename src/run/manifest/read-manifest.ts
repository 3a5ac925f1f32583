import { createHash } from 'node:crypto';
import { isErrno, ToeditError } from '../../errors.ts';
import { staysBelow } from '../../files/inside.ts';
import { NotRegularFile, openRegular } from '../../files/open-regular.ts';
import { fileUnreadable, readBytes } from '../../files/read-bytes.ts';
import { stateDirectory } from '../run-paths.ts';
import {
  type DatasetLine,
  endOfManifest,
  type Manifest,
  type ManifestEnd,
  type ManifestHeader,
  manifestFormat,
  type SkippedLine,
  type Task,
} from './manifest.ts';

/**
 * Reads a manifest, which is whole: its counts and its checksum are right.
 *
 * @throws ToeditError `MANIFEST_MISSING`; `MANIFEST_INVALID` where it is damaged, or of another layout;
 * `FILE_UNREADABLE`.
 */
export async function readManifest(path: string): Promise<Manifest> {
  const reader = new ManifestReader(path);
  try {
    for await (const lines of wholeLines(readBytes(path))) reader.add(lines);
  } catch (error) {
    if (error instanceof ToeditError && error.cause instanceof NotRegularFile) {
      throw new ToeditError('MANIFEST_INVALID', error.message, {
        place: { file: path },
        cause: error,
      });
    }
    throw isMissing(error) ? missing(path, error) : error;
  }
  return reader.end();
}

/**
 * The name of the run in a directory, from the first line of its manifest; null where there is none, or none that can be
 * read.
 */
export async function readRunName(path: string): Promise<string | null> {
  try {
    await using handle = await openRegular(path);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    const text = buffer.toString('utf8', 0, bytesRead);
    const line = text.slice(0, text.indexOf('\n'));
    return (JSON.parse(line) as Partial<ManifestHeader> | null)?.run?.name ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) {
      return null;
    }
    throw fileUnreadable(path, error);
  }
}

/** The first line of a manifest is never as long: it has no list. */
const headerBytes = 2 ** 16;

class ManifestReader {
  readonly #path: string;
  readonly #hash = createHash('sha256');
  readonly #tasks: Task[] = [];
  readonly #skipped: Manifest['skipped'][number][] = [];
  #header: ManifestHeader | undefined;
  #dataset: Manifest['dataset'];
  #end: ManifestEnd['end'] | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  add(lines: Buffer): void {
    if (this.#end !== undefined) throw damaged(this.#path, 'it continues after its end');
    if (lines.at(-1) !== 0x0a) throw damaged(this.#path, 'it is cut short: its last line is torn');
    const last = lines.lastIndexOf(0x0a, lines.length - 2) + 1;
    const hasEnd = lines.subarray(last, last + endOfManifest.length).equals(endBytes);
    const before = hasEnd ? lines.subarray(0, last) : lines;
    this.#hash.update(before);
    for (const line of before.toString().split('\n')) if (line !== '') this.#addLine(line);
    if (hasEnd) this.#end = (this.#parse(lines.toString('utf8', last)) as ManifestEnd).end;
  }

  end(): Manifest {
    const { tasks, skipped, sha256 } = this.#end ?? {};
    if (this.#header === undefined || sha256 === undefined) {
      throw damaged(this.#path, 'it is cut short: its last line is missing');
    }
    if (tasks !== this.#tasks.length || skipped !== this.#skipped.length) {
      throw damaged(this.#path, `it holds ${this.#tasks.length} tasks, not ${String(tasks)}`);
    }
    if (sha256 !== this.#hash.digest('hex')) throw damaged(this.#path, 'its checksum is wrong');
    const dataset = this.#dataset && { dataset: this.#dataset };
    const lists = { tasks: this.#tasks, skipped: this.#skipped };
    const manifest = { ...this.#header.run, ...dataset, ...lists };
    requirePlaces(manifest, this.#path);
    return manifest;
  }

  // The casts are sound once `end` has found the checksum right: the lines are as they were written.
  #addLine(line: string): void {
    const value = this.#parse(line);
    if (this.#header === undefined) this.#header = requireHeader(value, this.#path);
    else if ('dataset' in value) this.#dataset = (value as DatasetLine).dataset;
    else if ('skipped' in value) this.#skipped.push((value as SkippedLine).skipped);
    else this.#tasks.push(value as Task);
  }

  #parse(line: string): object {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // Reported below, with the line's number.
    }
    const before = this.#dataset === undefined ? 1 : 2;
    const number = before + this.#tasks.length + this.#skipped.length + 1;
    if (this.#header === undefined) throw damaged(this.#path, 'it is no manifest of toedit');
    throw damaged(this.#path, `line ${number} cannot be read`);
  }
}

/** A checksum can be computed anew: whatever a manifest says, nothing is written outside its output directory. */
function requirePlaces({ name, tasks }: Manifest, path: string): void {
  if (!staysBelow(name) || name.includes('/')) throw damaged(path, `the run's name is ${name}`);
  for (const { relativePath } of tasks) {
    if (staysBelow(relativePath) && !relativePath.startsWith(`${stateDirectory}/`)) continue;
    throw damaged(path, `the output ${relativePath} of a task leads out of the output directory`);
  }
}

const endBytes = Buffer.from(endOfManifest);

function requireHeader(value: object, path: string): ManifestHeader {
  const header = value as Partial<ManifestHeader>;
  if (header.format !== manifestFormat.format || typeof header.formatVersion !== 'number') {
    throw damaged(path, 'it is no manifest of toedit');
  }
  if (header.formatVersion === manifestFormat.formatVersion) return value as ManifestHeader;
  const age = header.formatVersion > manifestFormat.formatVersion ? 'a newer' : 'an older';
  throw new ToeditError(
    'MANIFEST_INVALID',
    `${path} was written by ${age} toedit (${String(header.run?.version)}, layout ${header.formatVersion}); use that version, write to another output directory, or start again with --overwrite`,
    { place: { file: path } },
  );
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof ToeditError ? error.cause : undefined;
  if (!(cause instanceof Error && 'code' in cause)) return false;
  return cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
}

function missing(path: string, cause: unknown): ToeditError {
  return new ToeditError(
    'MANIFEST_MISSING',
    `there is no run to be found: ${path} is missing; give the output directory of a run, or begin one with 'toedit edit' or 'toedit score'`,
    { place: { file: path }, cause },
  );
}

function damaged(path: string, what: string): ToeditError {
  return new ToeditError(
    'MANIFEST_INVALID',
    `${path} is damaged: ${what}; start again with --overwrite, or write to another output directory`,
    { place: { file: path } },
  );
}

/** The same bytes, cut behind line feeds only; a last line that lacks its line feed comes alone. */
async function* wholeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    const cut = chunk.lastIndexOf(0x0a) + 1;
    if (cut > 0) {
      yield Buffer.concat([...rest, chunk.subarray(0, cut)]);
      rest = [];
    }
    if (cut < chunk.length) rest.push(chunk.subarray(cut));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
