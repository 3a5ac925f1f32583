import { corruptFile, ToeditError } from '../../src/errors.ts';
import { detectFormat, type FileFormat } from '../../src/files/detect-format.ts';
import { hasDataExtension, reasonLeftOut } from '../../src/files/foreign-formats.ts';
import { spool } from '../../src/files/write-bytes.ts';
import type { Source } from '../../src/operator.ts';
import { reopened } from '../../src/operator.ts';
import { requireNames } from '../../src/options.ts';
import { readMember } from '../../src/zip/read-member.ts';
import {
  nameInError,
  nameInErrors,
  readZipDirectory,
  type ZipEntry,
} from '../../src/zip/read-zip-directory.ts';
import { readArrow } from './read-arrow.ts';
import { type ReadJsonlOptions, readJsonl } from './read-jsonl.ts';
import { readParquet } from './read-parquet.ts';

/** Options of {@link readZip}. */
export interface ReadZipOptions {
  /** What messages call the archive. @defaultValue its path */
  readonly name?: string | undefined;
  /** How JSON Lines members are read. */
  readonly jsonl?: Omit<ReadJsonlOptions, 'name'> | undefined;
  /** Where members that need random access are copied to. @defaultValue the system's temporary directory */
  readonly temporaryDirectory?: string | undefined;
  /** As `readArrow` takes it. @defaultValue no bound */
  readonly maxBatchBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A member of an archive that can be read. */
export interface DataMember {
  readonly status: 'data';
  /** In the archive, with `/` between names. */
  readonly name: string;
  readonly format: FileFormat;
  /** In bytes, as the archive states it. */
  readonly size: number;
  /** In bytes, as the archive states it. */
  readonly compressedSize: number;
  /** To be read, once or more often, before the next member is asked for. */
  readonly source: Source;
  /** The temporary copy of a Parquet or Arrow file, which goes when the next member is asked for; else null. */
  readonly path: string | null;
  /** The member's bytes, once or more often, before the next member is asked for. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

/** A member of an archive. */
export type ZipMember =
  | DataMember
  | { readonly status: 'skipped'; readonly name: string; readonly reason: string }
  | { readonly status: 'failed'; readonly name: string; readonly error: ToeditError };

/**
 * Opens the members of a ZIP archive, ZIP64 included, one after the other in the order of their names, each by its
 * content. JSON Lines and Arrow streams are read straight from the archive; Parquet and Arrow files are first copied to a
 * temporary file, which goes however the iteration ends. A damaged member does not stop the others, nor does one whose
 * name no file can have.
 *
 * What is hidden, or neither data nor named so, is skipped; archives in archives fail.
 *
 * @throws ToeditError `FILE_CORRUPT` where the archive's directory is damaged; `FILE_UNREADABLE`.
 */
export async function* readZip(
  path: string,
  options: ReadZipOptions = {},
): AsyncGenerator<ZipMember> {
  requireNames('readZip', options, {
    name: true,
    jsonl: true,
    temporaryDirectory: true,
    maxBatchBytes: true,
    signal: true,
  });
  const { name: archive = path } = options;
  const entries = await readZipDirectory(path).catch((error: unknown) => {
    throw nameInError(error, path, archive);
  });
  for (const entry of entries) {
    options.signal?.throwIfAborted();
    const reason = reasonToSkip(entry);
    if (reason !== undefined) yield { status: 'skipped', name: entry.name, reason };
    else yield* readEntry({ archive: path, entry, name: `${archive}/${entry.name}` }, options);
  }
}

/** A member, and what messages call it. */
interface Member {
  readonly archive: string;
  readonly entry: ZipEntry;
  readonly name: string;
}

async function* readEntry(member: Member, options: ReadZipOptions): AsyncGenerator<ZipMember> {
  const { name } = member.entry;
  try {
    const format = await detectFormat(bytesOf(member), member.name);
    if (member.entry.problem !== null) throw badName(member.name, member.entry.problem);
    switch (format.kind) {
      case 'zip':
        throw nestedArchive(member.name);
      case 'parquet':
      case 'arrow-file':
        yield* readSpooled(member, format, options);
        break;
      case 'jsonl':
      case 'arrow-stream':
        yield {
          ...{ status: 'data', name, format, path: null, bytes: () => bytesOf(member) },
          ...sizesOf(member),
          source: reopened(() => streamOf(member, format, options)),
        };
    }
  } catch (error) {
    if (!(error instanceof ToeditError)) throw error;
    if (error.code === 'FORMAT_UNKNOWN' && !hasDataExtension(name)) {
      yield { status: 'skipped', name, reason: reasonLeftOut(name) };
    } else yield { status: 'failed', name, error };
  }
}

async function* readSpooled(
  member: Member,
  format: FileFormat,
  { temporaryDirectory: directory, signal }: ReadZipOptions,
): AsyncGenerator<DataMember> {
  await using file = await spool(bytesOf(member), { directory, signal });
  const { path } = file;
  const source = reopened(() => {
    const read = format.kind === 'parquet' ? readParquet : readArrow;
    return nameInErrors(read(path, { signal }), path, member.name);
  });
  const { name } = member.entry;
  const sizes = sizesOf(member);
  yield { status: 'data', name, format, ...sizes, source, path, bytes: () => bytesOf(member) };
}

function sizesOf({ entry }: Member): Pick<DataMember, 'size' | 'compressedSize'> {
  const { size, compressedSize } = entry;
  return { size, compressedSize };
}

function streamOf(member: Member, format: FileFormat, options: ReadZipOptions): Source {
  const { name } = member;
  if (format.kind === 'jsonl')
    return readJsonl(bytesOf(member), { ...options.jsonl, name, signal: options.signal });
  return readToItsEnd(bytesOf(member), (bytes) =>
    readArrow(bytes, { name, signal: options.signal, maxBatchBytes: options.maxBatchBytes }),
  );
}

/** An Arrow stream ends at its end mark; the member's checksum counts at the end of its bytes. */
async function* readToItsEnd(
  bytes: AsyncGenerator<Uint8Array>,
  read: (bytes: AsyncIterable<Uint8Array>) => Source,
): Source {
  try {
    yield* read({ [Symbol.asyncIterator]: () => ({ next: () => bytes.next() }) });
    while ((await bytes.next()).done !== true);
  } finally {
    await bytes.return(undefined);
  }
}

function bytesOf({ archive, entry, name }: Member): AsyncGenerator<Uint8Array> {
  return readMember(archive, entry, name);
}

function reasonToSkip({ name, size }: ZipEntry): string | undefined {
  if (/(^|\/)\.(?!\.?(\/|$))/.test(name)) return 'hidden';
  return size === 0 && !hasDataExtension(name) ? reasonLeftOut(name) : undefined;
}

function badName(file: string, problem: string): ToeditError {
  return corruptFile({ file }, `: ${problem}; write the archive again with another name for it`);
}

function nestedArchive(name: string): ToeditError {
  return new ToeditError(
    'FORMAT_UNKNOWN',
    `${name}: archives in archives are not read; extract it, and give it by itself`,
    { place: { file: name } },
  );
}
